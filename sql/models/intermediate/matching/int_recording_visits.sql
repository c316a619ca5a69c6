-- One row per Smartlook session that shares its visit with a Snitcher session: the only one that fits, and that fits
-- no other. Grain: session_key.

{{ config(materialized='view') }}

select
    session_key,
    recording_id,
    visit_key,
    session_id

from {{ ref('int_recording_fits') }}
where visits_that_fit = 1 and recordings_that_fit = 1
