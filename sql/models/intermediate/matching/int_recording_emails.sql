-- One row per Smartlook session, with the address of who was recorded. Grain: session_key. A session of nobody named
-- has the address of its visitor, when all that is known of the visitor is one address.

with

recordings as (

    select
        session_key,
        project_id,
        session_id,
        visitor_id,
        started_at,
        email
    from {{ ref('int_recordings') }}

),

visitors as (

    select
        project_id,
        visitor_id,
        {{ identity_email('identified_as', 'identification_properties') }} as email

    from {{ ref('stg_smartlook__visitors') }}

),

named as (

    select
        project_id,
        visitor_id,
        email

    from visitors
    union all
    select
        project_id,
        visitor_id,
        email

    from recordings

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

final as (

    select
        recordings.session_key,
        recordings.project_id,
        recordings.session_id,
        recordings.visitor_id,
        recordings.started_at,
        coalesce(recordings.email, known_visitors.email) as email,
        known_visitors.email as visitor_email

    from recordings
    left join known_visitors
        on
            recordings.project_id = known_visitors.project_id
            and recordings.visitor_id = known_visitors.visitor_id

)

select * from final
