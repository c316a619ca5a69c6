-- One row per call or feedback and Snitcher session in which it may have been made, with how many there are. Grain:
-- vendor, entity_type, entity_id, session_key.

with

pairs as (

    select * from {{ ref('int_contact_pairs') }}

),

-- most fit one
several_visits as (

    select
        vendor,
        entity_type,
        entity_id,
        count(*) as visits_that_fit

    from pairs
    group by vendor, entity_type, entity_id
    having count(*) > 1

)

select
    pairs.vendor,
    pairs.entity_type,
    pairs.entity_id,
    pairs.session_key,
    pairs.session_id,
    coalesce(several_visits.visits_that_fit, 1) as visits_that_fit

from pairs
left join several_visits
    on
        pairs.vendor = several_visits.vendor
        and pairs.entity_type = several_visits.entity_type
        and pairs.entity_id = several_visits.entity_id
