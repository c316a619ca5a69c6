-- One row per call, feedback, lead and visitor, with its company and why. Grain: vendor, entity_type, entity_id.
-- Sessions are of the company of their visit: int_visits_attributed says which.
-- `evidence_against` is what weaker rules say of another company.

with

decided as (

    {{ decided_by([ref('int_match_same_visit')], before=ref('int_links_3_people')) }}

),

records as (

    select * from {{ ref('int_records') }}
    where entity_type != 'session'

),

linked as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        coalesce(visitors.company_key, decided.company_key) as company_key,
        coalesce(visitors.rule, decided.rule) as rule,
        coalesce(visitors.evidence, decided.evidence) as evidence,
        coalesce(visitors.rests_on_type, decided.rests_on_type) as rests_on_type,
        coalesce(visitors.rests_on_id, decided.rests_on_id) as rests_on_id,
        coalesce(visitors.met_value, decided.met_value) as met_value

    from records
    left join decided
        on
            records.vendor = decided.vendor
            and records.entity_type = decided.entity_type
            and records.entity_id = decided.entity_id
    left join {{ ref('int_links_4_visitors') }} as visitors
        on
            records.entity_type = 'visitor'
            and records.entity_id = visitors.entity_id

),

against as (

    select
        candidates.vendor,
        candidates.entity_type,
        candidates.entity_id,
        {{ texts_of("candidates.rule || ': ' || candidates.evidence") }} as evidence_against,
        {{ claims_of('candidates.rule', 'candidates.company_key', 'candidates.evidence') }} as claims_against

    from {{ ref('int_link_candidates') }} as candidates
    inner join linked
        on
            candidates.vendor = linked.vendor
            and candidates.entity_type = linked.entity_type
            and candidates.entity_id = linked.entity_id
            and candidates.company_key is distinct from linked.company_key
    where linked.rule is not null
    group by candidates.vendor, candidates.entity_type, candidates.entity_id

),

final as (

    select
        linked.vendor,
        linked.entity_type,
        linked.entity_id,
        linked.company_key,
        linked.rule,
        linked.evidence,
        linked.rests_on_type,
        linked.rests_on_id,
        linked.met_value,
        against.evidence_against,
        against.claims_against

    from linked
    left join against
        on
            linked.vendor = against.vendor
            and linked.entity_type = against.entity_type
            and linked.entity_id = against.entity_id

)

select * from final
