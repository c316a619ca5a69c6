-- One row per vendor record and the company that it belongs to. Grain: vendor, entity_type, entity_id.
-- A record that no rule links has a row without company.

{{ config(
    materialized='incremental',
    pre_hook="{{ delete_changed(this, is_changed_link()) }}"
) }}

with

changed_sessions as (

    select session_id from {{ ref('int_changed_sessions') }}
    union
    select session_id from {{ ref('int_changed_recordings') }}

),

sessions as (

    select
        'snitcher' as vendor,
        sessions.session_id,
        sessions.company_key,
        sessions.rule,
        sessions.evidence,
        sessions.rests_on_type,
        sessions.rests_on_id,
        sessions.met_value,
        sessions.evidence_against,
        sessions.claims_against

    from {{ ref('int_attributed_sessions') }} as sessions
    {% if is_increment() %}
        inner join changed_sessions
            on sessions.session_id = changed_sessions.session_id
    {% endif %}
    union all
    select
        'smartlook' as vendor,
        recordings.session_id,
        recordings.company_key,
        recordings.rule,
        recordings.evidence,
        recordings.rests_on_type,
        recordings.rests_on_id,
        recordings.met_value,
        recordings.evidence_against,
        recordings.claims_against

    from {{ ref('int_recording_links') }} as recordings
    {% if is_increment() %}
        inner join changed_sessions
            on recordings.session_id = changed_sessions.session_id
    {% endif %}

),

-- two workspaces may hold one session uuid, and two projects one id: it has a company when they agree
linked as (

    select
        vendor,
        'session' as entity_type,
        session_id as entity_id,
        max(company_key) as company_key,
        min(rule) as rule,
        min(evidence) as evidence,
        case when min(evidence) = max(evidence) then min(rests_on_type) end as rests_on_type,
        case when min(evidence) = max(evidence) then min(rests_on_id) end as rests_on_id,
        case when min(evidence) = max(evidence) then min(met_value) end as met_value,
        min(evidence_against) as evidence_against,
        min(claims_against) as claims_against,
        max(coalesce(company_key, '')) = min(coalesce(company_key, '')) as is_agreed

    from sessions
    group by vendor, session_id
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
        claims_against,
        true as is_agreed

    from {{ ref('int_built_links') }}
    where not is_gone

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        case when is_agreed then company_key end as company_key,
        case when is_agreed then rule end as rule,
        {{ rule_confidence('case when is_agreed then rule end') }} as confidence,
        case when is_agreed then evidence end as evidence,
        case when is_agreed then rests_on_type end as rests_on_type,
        case when is_agreed then rests_on_id end as rests_on_id,
        case when is_agreed then met_value end as met_value,
        case when is_agreed then evidence_against end as evidence_against,
        case when is_agreed then claims_against end as claims_against

    from linked

)

select * from final
