-- One row per Smartlook session and Snitcher session that may be one visit: they begin within 60 seconds of each other,
-- on one page, in one city, with one family of browser. Grain: session_key, visit_key.

with

-- those that begin in one of the stretches of two minutes into which the minute before and the one after it fall
recordings as (

    select
        session_key,
        session_id,
        started_at,
        landing_page,
        city_word,
        browser_family,
        unnest({{ number_list(
            time_slot("started_at - interval '60 seconds'", 120), time_slot("started_at + interval '60 seconds'", 120)
        ) }}) as near_stretch

    from {{ ref('int_recordings') }}
    where landing_page is not null and city_word is not null and browser_family is not null

),

sessions as (

    select
        session_key,
        session_id,
        started_at,
        landing_page,
        city_word,
        browser_family,
        {{ time_slot('started_at', 120) }} as stretch

    from {{ ref('int_sessions') }}

),

fits as (

    select
        recordings.session_key,
        recordings.session_id as recording_id,
        sessions.session_key as visit_key,
        sessions.session_id

    from recordings
    inner join sessions
        on
            recordings.near_stretch = sessions.stretch
            and recordings.landing_page = sessions.landing_page
            and recordings.city_word = sessions.city_word
            and recordings.browser_family = sessions.browser_family
    where {{ seconds_between('recordings.started_at', 'sessions.started_at') }} between -60 and 60

),

final as (

    select
        *,
        count(*) over (partition by session_key) as visits_that_fit,
        count(*) over (partition by visit_key) as recordings_that_fit

    from fits

)

select * from final
