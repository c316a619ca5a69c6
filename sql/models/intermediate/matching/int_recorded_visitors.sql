-- One row per Smartlook visitor, with the only address that is known of them. Grain: visitor_id. A visitor id that two
-- projects have tells nothing.

with

visitors as (

    select
        project_id,
        visitor_id,
        first_seen_at,
        {{ identity_email('identified_as', 'identification_properties') }} as email

    from {{ ref('stg_smartlook__visitors') }}

),

recordings as (

    select * from {{ ref('int_recordings') }}

),

seen as (

    select
        project_id,
        visitor_id,
        first_seen_at as seen_at,
        email

    from visitors
    union all
    select
        project_id,
        visitor_id,
        started_at as seen_at,
        email

    from recordings
    where visitor_id is not null

),

final as (

    select
        visitor_id,
        min(seen_at) as occurred_at,
        case when count(distinct email) = 1 and count(distinct project_id) = 1 then min(email) end as email

    from seen
    group by visitor_id

)

select * from final
