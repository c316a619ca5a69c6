-- One row per visit that Snitcher saw and of which a form or a recording tells whose it is, with the company that the
-- strongest evidence names. Grain: visit_key. `rule` is null where the strongest evidence names several companies.
-- `told_by` is what decided: vendor, form or recording.

with

candidates as (

    select * from {{ ref('int_visit_candidates') }}

),

first_places as (

    select
        visit_key,
        min(place) as first_place

    from candidates
    group by visit_key

),

answers as (

    select
        candidates.visit_key,
        min(candidates.company_key) as company_key,
        min(candidates.rule) as rule,
        min(candidates.evidence) as evidence,
        {{ first_known('candidates.rests_on_type', 'candidates.evidence, candidates.rests_on_id') }} as rests_on_type,
        {{ first_known('candidates.rests_on_id', 'candidates.evidence, candidates.rests_on_id') }} as rests_on_id,
        {{ first_known('candidates.met_value', 'candidates.evidence, candidates.met_value') }} as met_value,
        min(candidates.told_by) as told_by,
        min(candidates.recording_id) as recording_id,
        count(distinct candidates.company_key) <= 1 as is_decided

    from candidates
    inner join first_places
        on
            candidates.visit_key = first_places.visit_key
            and candidates.place = first_places.first_place
    group by candidates.visit_key

),

against as (

    select
        candidates.visit_key,
        {{ texts_of("candidates.rule || ': ' || candidates.evidence") }} as evidence_against,
        {{ claims_of('candidates.rule', 'candidates.company_key', 'candidates.evidence') }} as claims_against

    from candidates
    inner join answers
        on candidates.visit_key = answers.visit_key
    where answers.is_decided and candidates.company_key is distinct from answers.company_key
    group by candidates.visit_key

),

final as (

    select
        answers.visit_key,
        case when answers.is_decided then answers.company_key end as company_key,
        case when answers.is_decided then answers.rule end as rule,
        case when answers.is_decided then answers.evidence end as evidence,
        case when answers.is_decided then answers.rests_on_type end as rests_on_type,
        case when answers.is_decided then answers.rests_on_id end as rests_on_id,
        case when answers.is_decided then answers.met_value end as met_value,
        case when answers.is_decided then answers.told_by end as told_by,
        case when answers.is_decided then answers.recording_id end as recording_id,
        against.evidence_against,
        against.claims_against

    from answers
    left join against
        on answers.visit_key = against.visit_key

)

select * from final
