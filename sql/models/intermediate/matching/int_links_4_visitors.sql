-- One row per Smartlook visitor of whom anything tells their company, with what that decides. Grain: entity_id. An
-- address of the visitor says more than the recordings; `rule` is null where nothing is decided.

with

decided as (

    {{ decided_by([ref('int_match_visitor')], before=ref('int_links_3_people')) }}

)

select
    entity_id,
    company_key,
    rule,
    evidence,
    rests_on_type,
    rests_on_id,
    met_value

from decided
where vendor = 'smartlook' and entity_type = 'visitor'
