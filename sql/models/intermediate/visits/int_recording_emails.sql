-- One row per Smartlook session that says whose it is, by an address or by the operator's list. Grain: session_id. A
-- session of nobody named has the address of its visitor, when all that is known of the visitor is one address.

with

known_visitors as (

    select * from {{ ref('int_known_visitors') }}
    where email is not null

),

shared_ids as (

    select session_id
    from {{ ref('int_visits') }}
    where vendor = 'smartlook'
    group by session_id
    having count(*) > 1

),

given_recordings as (

    select distinct entity_id as session_id
    from {{ source('reference', 'company_overrides') }}
    where action in ('link', 'unlink') and vendor = 'smartlook' and entity_type = 'session'

),

final as (

    select
        recordings.session_id,
        min(recordings.started_at) as started_at,
        -- an id that two projects have tells nothing
        min(case when shared_ids.session_id is null then coalesce(recordings.email, known_visitors.email) end) as email

    from {{ ref('int_visits') }} as recordings
    left join known_visitors
        on
            recordings.scope_id = known_visitors.project_id
            and recordings.visitor_id = known_visitors.visitor_id
    left join shared_ids
        on recordings.session_id = shared_ids.session_id
    left join given_recordings
        on recordings.session_id = given_recordings.session_id
    where
        recordings.vendor = 'smartlook'
        and (
            recordings.email is not null
            or known_visitors.email is not null
            or given_recordings.session_id is not null
        )
    group by recordings.session_id

)

select * from final
