-- One row per record, rule and company that the rule names. Grain: vendor, entity_type, entity_id, rule, company_key.
-- The rules have models of their own, but for `same_visit`: a recording, call or feedback may be of the company of a
-- visit that fits it, and is certain when no other fits.

with

fits as (

    select * from {{ ref('int_visit_fits') }}

),

same_visits as (

    select
        fits.vendor,
        fits.entity_type,
        fits.entity_id,
        visits.company_key,
        'same_visit' as rule,
        'same page, time, city and browser as session ' || min(fits.session_id) as evidence,
        'session' as rests_on_type,
        min(fits.session_id) as rests_on_id,
        cast(null as varchar) as met_value,
        bool_and(fits.is_only_fit) as is_certain

    from fits
    inner join {{ ref('int_visits_attributed') }} as visits
        on fits.visit_key = visits.session_key
    where visits.company_key is not null
    group by fits.vendor, fits.entity_type, fits.entity_id, visits.company_key

),

candidates as (

    select * from {{ ref('int_match_override') }}
    union all
    select * from {{ ref('int_match_domain') }}
    union all
    select * from {{ ref('int_match_phone') }}
    union all
    select * from {{ ref('int_match_person') }}
    union all
    select * from {{ ref('int_match_form_session') }}
    union all
    select * from {{ ref('int_match_company_name') }}
    union all
    select * from {{ ref('int_match_visitor') }}
    union all
    select * from same_visits

)

select
    vendor,
    entity_type,
    entity_id,
    company_key,
    rule,
    evidence,
    rests_on_type,
    rests_on_id,
    met_value,
    is_certain

from candidates
