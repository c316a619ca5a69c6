-- One row per organisation, call, feedback, lead and visitor, with its company and why. Grain: vendor, entity_type,
-- entity_id.
-- Sessions are of the company of their visit: int_visits_attributed says which.
-- `evidence_against` is what weaker rules say of another company.

with

decided as (

    {{ decided_by([ref('int_link_candidates')], before=ref('int_links_before_visits')) }}

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
        decided.company_key,
        decided.rule,
        decided.evidence,
        decided.rests_on_type,
        decided.rests_on_id,
        decided.met_value

    from records
    left join decided
        on
            records.vendor = decided.vendor
            and records.entity_type = decided.entity_type
            and records.entity_id = decided.entity_id

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

organisations as (

    select
        *,
        -- one company shows both domains
        override_evidence is null and joined_by_phone is null and company_domain is not null
        and company_anchor != anchor as is_of_other_domain

    from {{ ref('int_organisations') }}

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
    union all
    select
        'snitcher' as vendor,
        'organisation' as entity_type,
        organisation_id as entity_id,
        company_key,
        case
            when override_evidence is not null then 'override'
            when company_domain is not null then 'website_domain'
            when joined_by_phone is not null then 'phone'
            else 'own_organisation'
        end as rule,
        case
            when override_evidence is not null then override_evidence
            when joined_by_phone is not null
                then 'number ' || joined_by_phone || ', which one other company has'
            when
                company_domain is null and is_reported
                then 'the organisation itself: no website that is a company''s own'
            when company_domain is null then 'the organisation itself: known from its sessions alone'
            when company_anchor = anchor and has_website then 'website ' || company_domain
            when company_anchor = anchor then 'earlier website ' || company_domain
            else 'website ' || company_domain || ', one company with ' || replace(company_anchor, 'domain:', '')
        end as evidence,
        case when is_of_other_domain then 'domain' end as rests_on_type,
        case when is_of_other_domain then replace(company_anchor, 'domain:', '') end as rests_on_id,
        case
            when override_evidence is not null then override_domain
            else coalesce(joined_by_phone, company_domain)
        end as met_value,
        cast(null as varchar) as evidence_against,
        cast(null as json) as claims_against

    from organisations

)

select * from final
