-- One row per record that matching links, Snitcher's own aside, with its company and why. Grain: vendor, entity_type,
-- entity_id. `evidence_against` is what weaker rules say of another company.

with

{{ decided_by([
    ref('int_match_person'),
    ref('int_match_form_session'),
    ref('int_match_same_visit'),
    ref('int_match_company_name'),
], before=ref('int_contact_links')) }},

records as (

    select * from {{ ref('int_records') }}

),

against as (

    select
        candidates.vendor,
        candidates.entity_type,
        candidates.entity_id,
        {{ texts_of("candidates.rule || ': ' || candidates.evidence") }} as evidence_against

    from {{ ref('int_link_candidates') }} as candidates
    inner join decided
        on
            candidates.vendor = decided.vendor
            and candidates.entity_type = decided.entity_type
            and candidates.entity_id = decided.entity_id
            and candidates.company_key is distinct from decided.company_key
    where decided.rule is not null
    group by candidates.vendor, candidates.entity_type, candidates.entity_id

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
    left join against
        on
            records.vendor = against.vendor
            and records.entity_type = against.entity_type
            and records.entity_id = against.entity_id

)

select * from final
