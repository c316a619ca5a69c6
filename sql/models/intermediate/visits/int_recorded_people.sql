-- One row per Smartlook visitor, and per Smartlook session that says whose it is, by an address or by the operator's
-- list, with the only address that is known of it. Grain: project_id (NULL of a session), entity_type, entity_id. A
-- session of nobody named has the address of its visitor, when all that is known of the visitor is one address.

with

recordings as (

    select * from {{ ref('int_visits') }}
    where vendor = 'smartlook'

),

seen as (

    select
        visitors.project_id,
        visitors.visitor_id,
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
        email,
        false as is_stated

    from recordings
    where visitor_id is not null

),

visitors as (

    select
        project_id,
        visitor_id,
        case when min(email) = max(email) then min(email) end as email,
        max(case when is_stated then email end) as stated_email

    from seen
    group by project_id, visitor_id

),

given_recordings as (

    select distinct entity_id as session_id
    from {{ source('reference', 'company_overrides') }}
    where action in ('link', 'unlink') and vendor = 'smartlook' and entity_type = 'session'

),

final as (

    select
        project_id,
        'visitor' as entity_type,
        visitor_id as entity_id,
        email,
        stated_email

    from visitors
    union all
    select
        cast(null as varchar) as project_id,
        'session' as entity_type,
        recordings.session_id as entity_id,
        -- an id that two projects have tells nothing
        case
            when min(recordings.scope_id) = max(recordings.scope_id)
                then min(coalesce(recordings.email, visitors.email))
        end as email,
        cast(null as varchar) as stated_email

    from recordings
    left join visitors
        on
            recordings.scope_id = visitors.project_id
            and recordings.visitor_id = visitors.visitor_id
    left join given_recordings
        on recordings.session_id = given_recordings.session_id
    group by recordings.session_id
    having
        bool_or(recordings.email is not null or visitors.email is not null or given_recordings.session_id is not null)

)

select * from final
