-- One row per record that stays unlinked since it might belong to several companies, and company. Grain: vendor,
-- entity_type, entity_id, company_key. The rule is the first that names any company.

with

{{ decided_by([ref('int_link_candidates')]) }},

records as (

    select * from {{ ref('int_records') }}

),

final as (

    select
        placed.vendor,
        placed.entity_type,
        placed.entity_id,
        placed.company_key,
        placed.rule,
        placed.evidence

    from placed
    inner join records
        on
            placed.vendor = records.vendor
            and placed.entity_type = records.entity_type
            and placed.entity_id = records.entity_id
    inner join decided
        on
            placed.vendor = decided.vendor
            and placed.entity_type = decided.entity_type
            and placed.entity_id = decided.entity_id
    where
        not decided.is_decided
        and placed.rule_place = placed.first_place

)

select * from final
