-- One row per Snitcher session, with the company of the organisation that the vendor names, or that the operator named
-- instead. Grain: session_key. What else a visit says of its company is in int_attributed_sessions.

{{ config(materialized='view') }}

with

organisations as (

    select * from {{ ref('int_organisations') }}

),

overrides as (

    select * from {{ ref('int_match_override') }}
    where vendor = 'snitcher' and entity_type = 'session'

),

final as (

    select
        sessions.session_key,
        sessions.workspace_id,
        sessions.session_id,
        sessions.organisation_id,
        sessions.referrer,
        sessions.country_code,
        sessions.city,
        sessions.device_type,
        sessions.browser,
        sessions.started_at,
        sessions.ended_at,
        sessions.landing_url,
        sessions.landing_host,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.event_count,
        sessions.pageview_count,
        sessions.form_submit_count,
        case when overrides.rule is null then organisations.company_key else overrides.company_key end as company_key,
        case
            when overrides.rule is not null then 'override'
            when organisations.company_key is not null then 'own_organisation'
        end as rule,
        coalesce(overrides.evidence, 'organisation ' || sessions.organisation_id) as evidence,
        case
            when overrides.rule is null and sessions.organisation_id is not null then 'organisation'
        end as rests_on_type,
        case when overrides.rule is null then sessions.organisation_id end as rests_on_id,
        overrides.met_value

    from {{ ref('int_sessions') }} as sessions
    left join organisations
        on sessions.organisation_id = organisations.organisation_id
    left join overrides
        on sessions.session_id = overrides.entity_id

)

select * from final
