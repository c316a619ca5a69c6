-- One row per Smartlook session and Snitcher session that may be one visit: they begin within 60 seconds of each other,
-- on one page, in one city, with one family of browser. Grain: session_key, visit_key. An increment compares those that
-- changed in raw, on either side.

{{ config(
    pre_hook="{{ delete_changed(this, is_changed_pair()) }}"
) }}

{%- set first_stretch = time_slot("started_at - interval '60 seconds'", 120) -%}
{%- set last_stretch = time_slot("started_at + interval '60 seconds'", 120) %}

-- what is taken out: depends_on: {{ ref('int_new_sessions') }}, {{ ref('int_new_recordings') }}

with

new_recordings as (

    select recordings.*
    from {{ ref('int_recordings') }} as recordings
    {% if is_increment() %}
        inner join {{ ref('int_new_recordings') }} as new_recordings
            on recordings.session_key = new_recordings.session_key
    {% endif %}

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
        unnest({{ number_list(first_stretch, last_stretch) }}) as near_stretch

    from new_recordings

),

pairs as (

    select
        recordings.session_key,
        recordings.session_id as recording_id,
        recordings.started_at as recorded_at,
        sessions.session_key as visit_key,
        sessions.session_id,
        sessions.started_at

    from placed_recordings as recordings
    inner join {{ ref('int_sessions') }} as sessions
        on
            recordings.near_stretch = sessions.stretch
            and recordings.landing_page = sessions.landing_page
            and recordings.city_word = sessions.city_word
            and recordings.browser_family = sessions.browser_family
    {% if is_increment() %}
        union
        select
            recordings.session_key,
            recordings.session_id as recording_id,
            recordings.started_at as recorded_at,
            sessions.session_key as visit_key,
            sessions.session_id,
            sessions.started_at

        from {{ ref('int_recordings') }} as recordings
        inner join (
            select
                session_key,
                session_id,
                started_at,
                landing_page,
                city_word,
                browser_family,
                unnest({{ number_list(first_stretch, last_stretch) }}) as near_stretch

            from {{ ref('int_sessions') }}
            where {{ is_new('load_id') }}
        ) as sessions
            on
                recordings.stretch = sessions.near_stretch
                and recordings.landing_page = sessions.landing_page
                and recordings.city_word = sessions.city_word
                and recordings.browser_family = sessions.browser_family
    {% endif %}

)

select
    session_key,
    recording_id,
    visit_key,
    session_id

from pairs
where {{ seconds_between('recorded_at', 'started_at') }} between -60 and 60
