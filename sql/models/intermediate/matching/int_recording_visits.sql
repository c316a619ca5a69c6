-- One row per Smartlook session that shares its visit with a Snitcher session: the only one that fits, and that fits
-- no other. Grain: session_key.

with

recording_fits as (

    select * from {{ ref('int_recording_fits') }}

)

select
    session_key,
    recording_id,
    visit_key,
    session_id,
    company_key

from recording_fits
where visits_that_fit = 1 and recordings_that_fit = 1
