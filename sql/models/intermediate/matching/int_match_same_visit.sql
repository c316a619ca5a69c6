-- One row per call or feedback and company whose visit it may belong to. Grain: vendor, entity_type, entity_id,
-- company_key. It is certain when exactly one visit fits.

with

sessions as (

    select
        session_key,
        company_key
    from {{ ref('int_visits_attributed') }}
    where company_key is not null

),

fits as (

    select * from {{ ref('int_visit_fits') }}
    where vendor != 'smartlook'

),

final as (

    select
        fits.vendor,
        fits.entity_type,
        fits.entity_id,
        sessions.company_key,
        'same_visit' as rule,
        'same page, time, city and browser as session ' || min(fits.session_id) as evidence,
        'session' as rests_on_type,
        min(fits.session_id) as rests_on_id,
        cast(null as varchar) as met_value,
        bool_and(fits.is_only_fit) as is_certain

    from fits
    inner join {{ ref('int_records') }} as records
        on
            fits.vendor = records.vendor
            and fits.entity_type = records.entity_type
            and fits.entity_id = records.entity_id
    inner join sessions
        on fits.visit_key = sessions.session_key
    group by fits.vendor, fits.entity_type, fits.entity_id, sessions.company_key

)

select * from final
