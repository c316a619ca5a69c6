-- One row per contact and Snitcher session in which it may have been made: it falls inside, its page is among
-- the session's, and city and family of browser are the same, as far as they are known. Grain: vendor, entity_type,
-- entity_id, session_key. An increment compares those that changed in raw, on either side.

{{ config(
    materialized='incremental', database='build', unique_key='record_key', meta={'changed': 'int_records_new', 'or_key': 'session_key'}
) }}

with

contacts as (

    select
        {{ contact_key() }} as record_key,
        vendor,
        entity_type,
        entity_id,
        occurred_at,
        {{ time_slot('occurred_at', 3600) }} as hour,
        {{ page_of('page_url') }} as page,
        {{ folded('city') }} as city_word,
        {{ browser_family('browser') }} as browser_family,
        {{ is_new('load_id') if is_increment() else 'true' }} as is_new

    from {{ ref('int_records') }}
    -- of contacts alone it is known
    where page_url is not null

),

-- in which sessions may have begun that hold a new one
new_stretches as (

    select
        {{ time_slot("min(occurred_at) - interval '1 day'", 120) }} as first_stretch,
        {{ time_slot('max(occurred_at)', 120) }} as last_stretch

    from contacts
    where is_new

),

sessions as (

    select sessions.*
    from {{ ref('int_visits') }} as sessions
    cross join new_stretches
    where
        sessions.vendor = 'snitcher'
        and sessions.stretch between new_stretches.first_stretch and new_stretches.last_stretch
    {% if is_increment() %}
        union
        select * from {{ ref('int_visits') }}
        where vendor = 'snitcher' and {{ is_new('load_id') }}
    {% endif %}

),

-- by the hours that they touch; what lasts longer than a day is no visit
placed_sessions as (

    select
        session_key,
        scope_id,
        session_id,
        started_at,
        ended_at,
        city_word,
        browser_family,
        {{ is_new('load_id') if is_increment() else 'true' }} as is_new,
        unnest({{ number_list(time_slot('started_at', 3600), time_slot('ended_at', 3600)) }}) as hour

    from sessions
    where {{ seconds_between('started_at', 'ended_at') }} between 0 and 86400

),

inside as (

    select
        contacts.record_key,
        contacts.vendor,
        contacts.entity_type,
        contacts.entity_id,
        contacts.page,
        sessions.session_key,
        sessions.scope_id,
        sessions.session_id

    from contacts
    inner join placed_sessions as sessions
        on contacts.hour = sessions.hour
    where
        (contacts.is_new or sessions.is_new)
        and contacts.occurred_at between sessions.started_at and sessions.ended_at
        and coalesce(contacts.city_word = sessions.city_word, true)
        and coalesce(contacts.browser_family = sessions.browser_family, true)
        and (contacts.city_word = sessions.city_word or contacts.browser_family = sessions.browser_family)

),

-- pages are read of these sessions alone, not of every event there is
final as (

    select distinct
        inside.record_key,
        inside.vendor,
        inside.entity_type,
        inside.entity_id,
        inside.session_key,
        inside.session_id

    from {{ ref('stg_snitcher__session_events') }} as session_events
    inner join inside
        on
            session_events.workspace_id = inside.scope_id
            and session_events.session_id = inside.session_id
    -- no key of the join: it would be found for every event there is
    where coalesce({{ page_of('session_events.url') }} = inside.page, false)

)

select * from final
