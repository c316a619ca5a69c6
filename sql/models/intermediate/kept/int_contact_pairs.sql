-- One row per call or feedback and Snitcher session in which it may have been made: it falls inside, its page is among
-- the session's, and city and family of browser are the same, as far as they are known. Grain: vendor, entity_type,
-- entity_id, session_key. An increment compares those that changed in raw, on either side.

{{ config(
    pre_hook="{{ delete_changed(this, '(vendor, entity_type, entity_id) in (select vendor, entity_type, entity_id from scratch.intermediate.int_placed_contacts where is_new) or session_key in (select session_key from scratch.intermediate.int_new_sessions)') }}"
) }}

with

contacts as (

    select * from {{ ref('int_placed_contacts') }}
    where page is not null

),

new_sessions as (

    select * from {{ ref('int_new_sessions') }}

),

new_hours as (

    select
        min(hour) as first_hour,
        max(hour) as last_hour

    from contacts
    where is_new

),

-- what lasts longer than a day is no visit
sessions as (

    select
        sessions.*,
        {{ time_slot('sessions.started_at', 3600) }} as first_hour,
        {{ time_slot('sessions.ended_at', 3600) }} as last_hour,
        {{ 'new_sessions.session_key is not null' if is_increment() else 'true' }} as is_new

    from {{ ref('int_sessions') }} as sessions
    left join new_sessions
        on sessions.session_key = new_sessions.session_key
    where {{ seconds_between('sessions.started_at', 'sessions.ended_at') }} between 0 and 86400

),

-- by the hours that they touch
placed_sessions as (

    select
        sessions.session_key,
        sessions.workspace_id,
        sessions.session_id,
        sessions.started_at,
        sessions.ended_at,
        sessions.city_word,
        sessions.browser_family,
        sessions.is_new,
        unnest({{ number_list('sessions.first_hour', 'sessions.last_hour') }}) as hour

    from sessions
    cross join new_hours
    where
        sessions.is_new
        or (sessions.first_hour <= new_hours.last_hour and sessions.last_hour >= new_hours.first_hour)

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
        inside.vendor,
        inside.entity_type,
        inside.entity_id,
        inside.session_key,
        inside.session_id

    from {{ ref('stg_snitcher__session_events') }} as session_events
    inner join inside
        on
            session_events.workspace_id = inside.workspace_id
            and session_events.session_id = inside.session_id
    where {{ page_of('session_events.url') }} = inside.page

)

select * from final
