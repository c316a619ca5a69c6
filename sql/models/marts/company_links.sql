-- One row per vendor record and the company that it belongs to. Grain: vendor, entity_type, entity_id.
-- A record that no rule links has a row without company.

{{ config(
    materialized='incremental',
    unique_key=['vendor', 'entity_type', 'entity_id'], meta={'changed': 'int_links_this_build'}
) }}

with

this_build as (

    select * from {{ ref('int_links_this_build') }}

),

-- two workspaces may hold one session uuid, and two projects one id: it has a company when they agree
visits as (

    select
        visits.vendor,
        visits.session_id,
        max(visits.company_key) as company_key,
        min(visits.rule) as rule,
        min(visits.evidence) as evidence,
        case when min(visits.evidence) = max(visits.evidence) then min(visits.rests_on_type) end as rests_on_type,
        case when min(visits.evidence) = max(visits.evidence) then min(visits.rests_on_id) end as rests_on_id,
        case when min(visits.evidence) = max(visits.evidence) then min(visits.met_value) end as met_value,
        min(visits.evidence_against) as evidence_against,
        min(visits.claims_against) as claims_against,
        max(coalesce(visits.company_key, '')) = min(coalesce(visits.company_key, '')) as is_agreed
    from {{ ref('int_visits_attributed') }} as visits
    {% if is_increment() %}
        inner join this_build
            on
                visits.vendor = this_build.vendor
                and this_build.entity_type = 'session'
                and visits.session_id = this_build.entity_id
    {% endif %}
    group by visits.vendor, visits.session_id

),

linked as (

    select
        vendor,
        'session' as entity_type,
        session_id as entity_id,
        case when is_agreed then company_key end as company_key,
        case when is_agreed then rule end as rule,
        case when is_agreed then evidence end as evidence,
        case when is_agreed then rests_on_type end as rests_on_type,
        case when is_agreed then rests_on_id end as rests_on_id,
        case when is_agreed then met_value end as met_value,
        case when is_agreed then evidence_against end as evidence_against,
        case when is_agreed then claims_against end as claims_against
    from visits
    union all
    select other_links.* from {{ ref('int_links') }} as other_links
    {% if is_increment() %}
        inner join this_build
            on
                other_links.vendor = this_build.vendor
                and other_links.entity_type = this_build.entity_type
                and other_links.entity_id = this_build.entity_id
    {% endif %}

)

select
    vendor,
    entity_type,
    entity_id,
    company_key,
    rule,
    {{ rule_confidence('rule') }} as confidence,
    evidence,
    rests_on_type,
    rests_on_id,
    met_value,
    evidence_against,
    claims_against
from linked
