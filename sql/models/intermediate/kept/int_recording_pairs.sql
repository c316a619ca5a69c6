-- One row per Smartlook session and Snitcher session that may be one visit: they begin within 60 seconds of each other,
-- on one page, in one city, with one family of browser. Grain: session_key, visit_key. An increment compares those that
-- changed in raw, on either side.

{{ config(
    pre_hook="{{ delete_changed(this, 'session_key in (select session_key from scratch.intermediate.int_new_recordings) or visit_key in (select session_key from scratch.intermediate.int_new_sessions)') }}"
) }}

with

new_recordings as (

    select * from {{ ref('int_new_recordings') }}

),

new_sessions as (

    select * from {{ ref('int_new_sessions') }}

),

sessions as (

    select
        sessions.session_key,
        sessions.session_id,
        sessions.started_at,
        sessions.landing_page,
        sessions.city_word,
        sessions.browser_family,
        {{ time_slot('sessions.started_at', 120) }} as stretch,
        {{ 'new_sessions.session_key is not null' if is_increment() else 'true' }} as is_new

    from {{ ref('int_sessions') }} as sessions
    left join new_sessions
        on sessions.session_key = new_sessions.session_key

),

recordings as (

    select
        recordings.*,
        {{ 'new_recordings.session_key is not null' if is_increment() else 'true' }} as is_new

    from {{ ref('int_recordings') }} as recordings
    left join new_recordings
        on recordings.session_key = new_recordings.session_key
    where
        recordings.landing_page is not null
        and recordings.city_word is not null
        and recordings.browser_family is not null

),

-- by the stretches of two minutes into which the minute before and the one after their begin fall
placed_recordings as (

    select
        session_key,
        session_id,
        started_at,
        landing_page,
        city_word,
        browser_family,
        is_new,
        unnest({{ number_list(
            time_slot("started_at - interval '60 seconds'", 120), time_slot("started_at + interval '60 seconds'", 120)
        ) }}) as near_stretch

    from recordings
    {% if is_increment() %}
        -- near a new session, or new
        where
            is_new
            or {{ time_slot('started_at', 120) }} in (
                select sessions.stretch + steps.step
                from sessions
                cross join (values (-1), (0), (1)) as steps (step)
                where sessions.is_new
            )
    {% endif %}

)

select
    recordings.session_key,
    recordings.session_id as recording_id,
    sessions.session_key as visit_key,
    sessions.session_id

from placed_recordings as recordings
inner join sessions
    on
        recordings.near_stretch = sessions.stretch
        and recordings.landing_page = sessions.landing_page
        and recordings.city_word = sessions.city_word
        and recordings.browser_family = sessions.browser_family
where
    {{ seconds_between('recordings.started_at', 'sessions.started_at') }} between -60 and 60
    and (recordings.is_new or sessions.is_new)
