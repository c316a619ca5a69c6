-- One row per record, rule and company that the rule names. Grain: vendor, entity_type, entity_id, rule, company_key.

{{ config(materialized='view') }}

with

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
    select * from {{ ref('int_match_same_visit') }}
    union all
    select * from {{ ref('int_match_company_name') }}
    union all
    select * from {{ ref('int_match_visitor') }}

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
