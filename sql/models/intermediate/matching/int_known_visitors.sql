-- One row per Smartlook visitor, with the only address that is known of them. Grain: project_id, visitor_id.

with

seen as (

    select
        project_id,
        visitor_id,
        first_seen_at as seen_at,
        {{ identity_email('identified_as', 'identification_properties') }} as email

    from {{ ref('stg_smartlook__visitors') }}
    union all
    select
        project_id,
        visitor_id,
        started_at as seen_at,
        email

    from {{ ref('int_recordings') }}
    where visitor_id is not null

)

select
    project_id,
    visitor_id,
    min(seen_at) as first_seen_at,
    case when min(email) = max(email) then min(email) end as email

from seen
group by project_id, visitor_id
