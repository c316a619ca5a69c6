-- One row per Smartlook session and Snitcher session that may be one visit, with how many there are on either side.
-- Grain: session_key, visit_key.

with

pairs as (

    select * from {{ ref('int_recording_pairs') }}

),

-- most fit one
several_visits as (

    select
        session_key,
        count(*) as visits_that_fit

    from pairs
    group by session_key
    having count(*) > 1

),

several_recordings as (

    select
        visit_key,
        count(*) as recordings_that_fit

    from pairs
    group by visit_key
    having count(*) > 1

)

select
    pairs.session_key,
    pairs.recording_id,
    pairs.visit_key,
    pairs.session_id,
    coalesce(several_visits.visits_that_fit, 1) as visits_that_fit,
    coalesce(several_recordings.recordings_that_fit, 1) as recordings_that_fit

from pairs
left join several_visits
    on pairs.session_key = several_visits.session_key
left join several_recordings
    on pairs.visit_key = several_recordings.visit_key
