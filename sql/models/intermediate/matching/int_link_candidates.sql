-- One row per record, rule and company that the rule names. Grain: vendor, entity_type, entity_id, rule, company_key.

{{ config(materialized='view') }}

with

records as (

    select
        vendor,
        entity_type,
        entity_id
    from {{ ref('int_records') }}

),

visits as (

    select same_visit.*
    from {{ ref('int_match_same_visit') }} as same_visit
    inner join records
        on
            same_visit.vendor = records.vendor
            and same_visit.entity_type = records.entity_type
            and same_visit.entity_id = records.entity_id

),

candidates as (

    select * from {{ ref('int_match_override') }}
    union all
    select * from {{ ref('int_match_email_domain') }}
    union all
    select * from {{ ref('int_match_website_domain') }}
    union all
    select * from {{ ref('int_match_phone') }}
    union all
    select * from {{ ref('int_match_person') }}
    union all
    select * from {{ ref('int_match_form_session') }}
    union all
    select * from visits
    union all
    select * from {{ ref('int_match_company_name') }}

)

select
    vendor,
    entity_type,
    entity_id,
    company_key,
    rule,
    evidence,
    is_certain

from candidates
