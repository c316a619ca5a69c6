-- One row per recording, call or feedback and Snitcher session that may be the visit in which it was made, with how
-- many there are on either side. Grain: record_key, visit_key. `is_only_fit` says that it is that visit: nothing else
-- fits it, and no other recording fits the visit of one.

with

pairs as (

    select
        session_key as record_key,
        'smartlook' as vendor,
        'session' as entity_type,
        recording_id as entity_id,
        visit_key,
        session_id

    from {{ ref('int_recording_pairs') }}
    union all
    select
        record_key,
        vendor,
        entity_type,
        entity_id,
        session_key as visit_key,
        session_id

    from {{ ref('int_contact_pairs') }}

),

-- most fit one
several_visits as (

    select
        record_key,
        count(*) as visits_that_fit

    from pairs
    group by record_key
    having count(*) > 1

),

several_recordings as (

    select
        visit_key,
        count(*) as recordings_that_fit

    from pairs
    where vendor = 'smartlook'
    group by visit_key
    having count(*) > 1

)

select
    pairs.record_key,
    pairs.vendor,
    pairs.entity_type,
    pairs.entity_id,
    pairs.visit_key,
    pairs.session_id,
    coalesce(several_visits.visits_that_fit, 1) as visits_that_fit,
    coalesce(several_recordings.recordings_that_fit, 1) as recordings_that_fit,
    several_visits.record_key is null and (pairs.vendor != 'smartlook' or several_recordings.visit_key is null)
        as is_only_fit

from pairs
left join several_visits
    on pairs.record_key = several_visits.record_key
left join several_recordings
    on pairs.visit_key = several_recordings.visit_key
