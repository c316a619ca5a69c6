-- One row per record that stays unlinked since it might belong to several companies, and company. Grain: vendor,
-- entity_type, entity_id, company_key. The rule is the first that names any company.

with

unlinked as (

    select
        vendor,
        entity_type,
        entity_id

    from {{ ref('company_links') }}
    where rule is null

),

candidates as (

    select
        vendor,
        entity_type,
        entity_id,
        company_key,
        rule,
        evidence

    from {{ ref('int_link_candidates') }}
    union all
    -- the forms of one visit, and what its recorder was told
    select
        'snitcher' as vendor,
        'session' as entity_type,
        sessions.session_id as entity_id,
        visits.company_key,
        visits.rule,
        visits.evidence

    from {{ ref('int_visit_candidates') }} as visits
    inner join {{ ref('int_visits') }} as sessions
        on visits.visit_key = sessions.session_key
    where visits.company_key is not null

),

placed as (

    select
        candidates.vendor,
        candidates.entity_type,
        candidates.entity_id,
        candidates.company_key,
        candidates.rule,
        candidates.evidence,
        {{ rule_place('candidates.rule') }} as rule_place,
        min({{ rule_place('candidates.rule') }}) over (
            partition by candidates.vendor, candidates.entity_type, candidates.entity_id
        ) as first_place

    from candidates
    inner join unlinked
        on
            candidates.vendor = unlinked.vendor
            and candidates.entity_type = unlinked.entity_type
            and candidates.entity_id = unlinked.entity_id
    -- a company that only such a record names is none of those that are published
    inner join {{ ref('dim_companies') }} as companies
        on candidates.company_key = companies.company_key

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        company_key,
        rule,
        min(evidence) as evidence

    from placed
    where rule_place = first_place
    group by vendor, entity_type, entity_id, company_key, rule

)

select * from final
