-- One row per vendor record and the company that it belongs to. Grain: vendor, entity_type, entity_id.
-- A record that no rule links has a row without company.

{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ delete_changed(this, \"entity_type != 'session' or entity_id in (select session_id from build.intermediate.int_changed_sessions)\") }}"
) }}

with

changed_sessions as (

    select distinct session_id
    from {{ ref('int_changed_sessions') }}

),

sessions as (

    select
        sessions.session_id,
        sessions.organisation_id

    from {{ ref('stg_snitcher__sessions') }} as sessions
    {% if is_increment() %}
        inner join changed_sessions
            on sessions.session_id = changed_sessions.session_id
    {% endif %}

),

organisations as (

    select * from {{ ref('int_organisations') }}

),

-- two workspaces may hold one session uuid: it has a company when they agree
distinct_sessions as (

    select
        sessions.session_id,
        min(sessions.organisation_id) as organisation_id,
        max(organisations.company_key) as company_key,
        max(coalesce(organisations.company_key, '')) = min(coalesce(organisations.company_key, '')) as is_agreed

    from sessions
    left join organisations
        on sessions.organisation_id = organisations.organisation_id
    group by sessions.session_id

),

session_links as (

    select
        'session' as entity_type,
        session_id as entity_id,
        case when is_agreed then company_key end as company_key,
        case when is_agreed and company_key is not null then 'own_organisation' end as rule,
        case when is_agreed then 'organisation ' || organisation_id end as evidence

    from distinct_sessions

),

organisation_links as (

    select
        'organisation' as entity_type,
        organisation_id as entity_id,
        company_key,
        case when company_domain is null then 'own_organisation' else 'website_domain' end as rule,
        case
            when
                company_domain is null and is_reported
                then 'the organisation itself: no website that is a company''s own'
            when company_domain is null then 'the organisation itself: known from its sessions alone'
            when company_anchor = anchor and has_website then 'website ' || company_domain
            when company_anchor = anchor then 'earlier website ' || company_domain
            else 'website ' || company_domain || ', one company with ' || replace(company_anchor, 'domain:', '')
        end as evidence

    from organisations

),

linked as (

    select * from session_links
    union all
    select * from organisation_links

),

final as (

    select
        'snitcher' as vendor,
        entity_type,
        entity_id,
        company_key,
        rule,
        {{ rule_confidence('rule') }} as confidence,
        evidence

    from linked

)

select * from final
