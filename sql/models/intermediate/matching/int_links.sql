-- One row per record that matching links, Snitcher's own aside, with its company and why. Grain: vendor, entity_type,
-- entity_id. `evidence_against` is what weaker rules say of another company.

with

{{ decided_by([ref('int_link_candidates')]) }},

records as (

    select * from {{ ref('int_records') }}

),

against as (

    select
        placed.vendor,
        placed.entity_type,
        placed.entity_id,
        {{ texts_of("placed.rule || ': ' || placed.evidence") }} as evidence_against

    from placed
    inner join decided
        on
            placed.vendor = decided.vendor
            and placed.entity_type = decided.entity_type
            and placed.entity_id = decided.entity_id
            and placed.company_key is distinct from decided.company_key
    where decided.is_decided and placed.rule_place > placed.first_place
    group by placed.vendor, placed.entity_type, placed.entity_id

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        decided.company_key,
        decided.rule,
        decided.evidence,
        against.evidence_against

    from records
    left join decided
        on
            records.vendor = decided.vendor
            and records.entity_type = decided.entity_type
            and records.entity_id = decided.entity_id
            and decided.is_decided
    left join against
        on
            records.vendor = against.vendor
            and records.entity_type = against.entity_type
            and records.entity_id = against.entity_id

)

select * from final
