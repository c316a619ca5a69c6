-- One row per call or feedback and Snitcher session in which it may have been made: it falls inside, its page is among
-- the session's, and city and family of browser are the same, as far as they are known. Grain: vendor, entity_type,
-- entity_id, session_key.

with

contacts as (

    select
        'snapcall' as vendor,
        'call' as entity_type,
        call_id as entity_id,
        started_at as occurred_at,
        {{ page_of('page_url') }} as page,
        lower(city) as city,
        {{ browser_family('browser') }} as browser_family

    from {{ ref('int_calls') }}
    union all
    select
        'usersnap' as vendor,
        'feedback' as entity_type,
        feedback_id as entity_id,
        created_at as occurred_at,
        {{ page_of('page_url') }} as page,
        lower(city) as city,
        {{ browser_family('browser') }} as browser_family

    from {{ ref('stg_usersnap__feedbacks') }}
    where not is_demo

),

-- by the hours that they touch; what lasts longer than a day is no visit
sessions as (

    select
        *,
        unnest({{ number_list(time_slot('started_at', 3600), time_slot('ended_at', 3600)) }}) as hour

    from {{ ref('int_attributed_sessions') }}
    where {{ seconds_between('started_at', 'ended_at') }} between 0 and 86400

),

session_events as (

    select * from {{ ref('stg_snitcher__session_events') }}

),

inside as (

    select
        contacts.vendor,
        contacts.entity_type,
        contacts.entity_id,
        contacts.page,
        sessions.session_key,
        sessions.workspace_id,
        sessions.session_id,
        sessions.company_key

    from contacts
    inner join sessions
        on {{ time_slot('contacts.occurred_at', 3600) }} = sessions.hour
    where
        contacts.page is not null
        and contacts.occurred_at between sessions.started_at and sessions.ended_at
        and coalesce(contacts.city = lower(sessions.city), true)
        and coalesce(contacts.browser_family = {{ browser_family('sessions.browser') }}, true)
        and (
            contacts.city = lower(sessions.city)
            or contacts.browser_family = {{ browser_family('sessions.browser') }}
        )

),

on_page as (

    select distinct inside.*
    from inside
    inner join session_events
        on
            inside.workspace_id = session_events.workspace_id
            and inside.session_id = session_events.session_id
            and inside.page = {{ page_of('session_events.url') }}

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        session_key,
        session_id,
        company_key,
        count(*) over (partition by vendor, entity_type, entity_id) as visits_that_fit

    from on_page

)

select * from final
