-- One row per record other than a session whose link this build publishes: every one, or those that an increment has to
-- publish again or, where `is_gone`, to take out. Grain: vendor, entity_type, entity_id.

with

links as (

    select
        'snitcher' as vendor,
        'organisation' as entity_type,
        organisation_id as entity_id,
        company_key,
        rule,
        evidence,
        rests_on_type,
        rests_on_id,
        met_value,
        cast(null as varchar) as evidence_against,
        cast(null as json) as claims_against

    from {{ ref('int_organisation_links') }}
    union all
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
        evidence_against,
        claims_against

    from {{ ref('int_links') }}
    where entity_type != 'session'

),

published_links as (

    {% if is_increment() %}
        select * from {{ published('company_links') }}
        where entity_type != 'session'
    {% else %}
        select * from links
        where false
    {% endif %}

)

select
    coalesce(links.vendor, published_links.vendor) as vendor,
    coalesce(links.entity_type, published_links.entity_type) as entity_type,
    coalesce(links.entity_id, published_links.entity_id) as entity_id,
    links.company_key,
    links.rule,
    links.evidence,
    links.rests_on_type,
    links.rests_on_id,
    links.met_value,
    links.evidence_against,
    links.claims_against,
    links.entity_id is null as is_gone

from links
full outer join published_links
    on
        links.vendor = published_links.vendor
        and links.entity_type = published_links.entity_type
        and links.entity_id = published_links.entity_id
where
    links.entity_id is null
    or published_links.entity_id is null
    or links.company_key is distinct from published_links.company_key
    or links.rule is distinct from published_links.rule
    or links.evidence is distinct from published_links.evidence
    or links.evidence_against is distinct from published_links.evidence_against
    or cast(links.claims_against as varchar) is distinct from cast(published_links.claims_against as varchar)
