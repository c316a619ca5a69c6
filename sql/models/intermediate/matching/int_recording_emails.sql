-- One row per Smartlook session of somebody whose address is known. Grain: session_id. A session of nobody named has
-- the address of its visitor, when all that is known of the visitor is one address. An id that two projects have tells
-- nothing.

with

recordings as (

    select * from {{ ref('int_recordings') }}

),

named as (

    select
        project_id,
        visitor_id,
        {{ identity_email('identified_as', 'identification_properties') }} as email

    from {{ ref('stg_smartlook__visitors') }}
    union all
    select
        project_id,
        visitor_id,
        email

    from recordings
    where email is not null

),

known_visitors as (

    select
        project_id,
        visitor_id,
        min(email) as email

    from named
    where visitor_id is not null
    group by project_id, visitor_id
    having count(distinct email) = 1

),

shared_ids as (

    select session_id
    from recordings
    group by session_id
    having count(*) > 1

),

final as (

    select
        recordings.session_id,
        recordings.started_at,
        coalesce(recordings.email, known_visitors.email) as email

    from recordings
    left join known_visitors
        on
            recordings.project_id = known_visitors.project_id
            and recordings.visitor_id = known_visitors.visitor_id
    left join shared_ids
        on recordings.session_id = shared_ids.session_id
    where
        shared_ids.session_id is null
        and (recordings.email is not null or known_visitors.email is not null)

)

select * from final
