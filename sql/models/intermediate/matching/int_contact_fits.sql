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
        lower(city) as city_word,
        {{ browser_family('browser') }} as browser_family

    from {{ ref('int_calls') }}
    union all
    select
        'usersnap' as vendor,
        'feedback' as entity_type,
        feedback_id as entity_id,
        created_at as occurred_at,
        {{ page_of('page_url') }} as page,
        lower(city) as city_word,
        {{ browser_family('browser') }} as browser_family

    from {{ ref('stg_usersnap__feedbacks') }}
    where not is_demo

),

-- by the hours that they touch; what lasts longer than a day is no visit
sessions as (

    select
        *,
        unnest({{ number_list(time_slot('started_at', 3600), time_slot('ended_at', 3600)) }}) as hour

    from {{ ref('int_sessions') }}
    where {{ seconds_between('started_at', 'ended_at') }} between 0 and 86400

),

inside as (

    select
        contacts.vendor,
        contacts.entity_type,
        contacts.entity_id,
        contacts.page,
        sessions.session_key,
        sessions.workspace_id,
        sessions.session_id

    from contacts
    inner join sessions
        on {{ time_slot('contacts.occurred_at', 3600) }} = sessions.hour
    where
        contacts.page is not null
        and contacts.occurred_at between sessions.started_at and sessions.ended_at
        and coalesce(contacts.city_word = sessions.city_word, true)
        and coalesce(contacts.browser_family = sessions.browser_family, true)
        and (contacts.city_word = sessions.city_word or contacts.browser_family = sessions.browser_family)

),

candidates as (

    select distinct
        workspace_id,
        session_id
    from inside

),

-- pages are read of these sessions alone, not of every event there is
visited_pages as (

    select
        session_events.workspace_id,
        session_events.session_id,
        {{ page_of('session_events.url') }} as page

    from {{ ref('stg_snitcher__session_events') }} as session_events
    inner join candidates
        on
            session_events.workspace_id = candidates.workspace_id
            and session_events.session_id = candidates.session_id

),

on_page as (

    select distinct inside.*
    from inside
    inner join visited_pages
        on
            inside.workspace_id = visited_pages.workspace_id
            and inside.session_id = visited_pages.session_id
            and inside.page = visited_pages.page

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        session_key,
        session_id,
        count(*) over (partition by vendor, entity_type, entity_id) as visits_that_fit

    from on_page

)

select * from final
