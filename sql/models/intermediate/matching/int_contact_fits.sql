-- One row per call or feedback and Snitcher session in which it may have been made, with how many there are. Grain:
-- vendor, entity_type, entity_id, session_key.

select
    vendor,
    entity_type,
    entity_id,
    session_key,
    session_id,
    count(*) over (partition by vendor, entity_type, entity_id) as visits_that_fit

from {{ ref('int_contact_pairs') }}
