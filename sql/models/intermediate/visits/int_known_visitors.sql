-- One row per Smartlook visitor, with the only address that is known of them, and the one that the visitor's own record
-- states. Grain: project_id, visitor_id.

with

seen as (

    select
        visitors.project_id,
        visitors.visitor_id,
        visitors.first_seen_at as seen_at,
        coalesce(identities.email, properties.email) as email,
        true as is_stated

    from {{ ref('stg_smartlook__visitors') }} as visitors
    left join {{ source('reference', 'addresses') }} as identities
        on visitors.identified_as = identities.address_text
    left join {{ source('reference', 'addresses') }} as properties
        on cast(visitors.identification_properties as varchar) = properties.address_text and properties.is_named
    union all
    select
        scope_id as project_id,
        visitor_id,
        started_at as seen_at,
        email,
        false as is_stated

    from {{ ref('int_visits') }}
    where vendor = 'smartlook' and visitor_id is not null

)

select
    project_id,
    visitor_id,
    min(seen_at) as first_seen_at,
    case when min(email) = max(email) then min(email) end as email,
    max(case when is_stated then email end) as stated_email

from seen
group by project_id, visitor_id
