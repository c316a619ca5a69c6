-- One row per Smartlook session and Snitcher session that may be one visit: they begin within 60 seconds of each other,
-- on one page, in one city, with one family of browser. Grain: session_key, visit_key. An increment compares those that
-- changed in raw, on either side.

{{ config(
    materialized='incremental', database='build', unique_key='session_key', meta={'changed': 'int_records_new', 'or_key': 'visit_key'}
) }}

{%- set first_stretch = time_slot("started_at - interval '60 seconds'", 120) -%}
{%- set last_stretch = time_slot("started_at + interval '60 seconds'", 120) %}

with

changed as (

    select * from {{ ref('int_records_new') }}

),

new_recordings as (

    select recordings.*
    from {{ ref('int_visits') }} as recordings
    {% if is_increment() %}
        inner join changed
            on recordings.session_key = changed.session_key
    {% endif %}
    where recordings.vendor = 'smartlook'

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
    inner join {{ ref('int_visits') }} as sessions
        on
            sessions.vendor = 'snitcher'
            and recordings.near_stretch = sessions.stretch
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

        from {{ ref('int_visits') }} as recordings
        inner join (
            select
                session_key,
                session_id,
                started_at,
                landing_page,
                city_word,
                browser_family,
                unnest({{ number_list(first_stretch, last_stretch) }}) as near_stretch

            from {{ ref('int_visits') }}
            where vendor = 'snitcher' and {{ is_new('load_id') }}
        ) as sessions
            on
                recordings.vendor = 'smartlook'
                and recordings.stretch = sessions.near_stretch
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
