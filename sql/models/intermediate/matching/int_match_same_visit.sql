-- One row per call, feedback or Smartlook session and company whose visit it may belong to. Grain: vendor, entity_type,
-- entity_id, company_key. It is certain when exactly one visit fits.

with

recording_fits as (

    select * from {{ ref('int_recording_fits') }}

),

contact_fits as (

    select * from {{ ref('int_contact_fits') }}

),

fits as (

    select
        'smartlook' as vendor,
        'session' as entity_type,
        recording_id as entity_id,
        session_id,
        company_key,
        visits_that_fit = 1 and recordings_that_fit = 1 as is_only_one

    from recording_fits
    union all
    select
        vendor,
        entity_type,
        entity_id,
        session_id,
        company_key,
        visits_that_fit = 1 as is_only_one

    from contact_fits

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        company_key,
        'same_visit' as rule,
        'same page, time, city and browser as session ' || min(session_id) as evidence,
        bool_and(is_only_one) as is_certain

    from fits
    where company_key is not null
    group by vendor, entity_type, entity_id, company_key

)

select * from final
