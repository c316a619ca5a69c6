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

-- two workspaces may hold one session uuid: it has a company when they agree
distinct_sessions as (

    select
        sessions.session_id,
        max(sessions.company_key) as company_key,
        min(sessions.rule) as rule,
        min(sessions.evidence) as evidence,
        min(sessions.evidence_against) as evidence_against,
        max(coalesce(sessions.company_key, '')) = min(coalesce(sessions.company_key, '')) as is_agreed

    from {{ ref('int_attributed_sessions') }} as sessions
    {% if is_increment() %}
        inner join changed_sessions
            on sessions.session_id = changed_sessions.session_id
    {% endif %}
    group by sessions.session_id

),

-- and two projects one session id
distinct_recordings as (

    select
        recordings.session_id,
        max(recordings.company_key) as company_key,
        min(recordings.rule) as rule,
        min(recordings.evidence) as evidence,
        min(recordings.evidence_against) as evidence_against,
        max(coalesce(recordings.company_key, '')) = min(coalesce(recordings.company_key, '')) as is_agreed

    from {{ ref('int_recording_links') }} as recordings
    {% if is_increment() %}
        inner join changed_sessions
            on recordings.session_id = changed_sessions.session_id
    {% endif %}
    group by recordings.session_id

),

linked as (

    select
        'snitcher' as vendor,
        'session' as entity_type,
        session_id as entity_id,
        case when is_agreed then company_key end as company_key,
        case when is_agreed then rule end as rule,
        case when is_agreed then evidence end as evidence,
        case when is_agreed then evidence_against end as evidence_against

    from distinct_sessions
    union all
    select
        'smartlook' as vendor,
        'session' as entity_type,
        session_id as entity_id,
        case when is_agreed then company_key end as company_key,
        case when is_agreed then rule end as rule,
        case when is_agreed then evidence end as evidence,
        case when is_agreed then evidence_against end as evidence_against

    from distinct_recordings
    union all
    select
        vendor,
        entity_type,
        entity_id,
        company_key,
        rule,
        evidence,
        evidence_against

    from {{ ref('int_built_links') }}
    where not is_gone

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        company_key,
        rule,
        {{ rule_confidence('rule') }} as confidence,
        evidence,
        evidence_against

    from linked

)

select * from final
