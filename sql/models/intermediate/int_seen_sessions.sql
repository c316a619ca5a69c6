-- One row per session that this build publishes, whoever saw it. Grain: session_key.

{{ config(materialized='view') }}

with

seen as (

    select
        'snitcher' as vendor,
        workspace_id,
        cast(null as varchar) as site,
        cast(null as varchar) as visit_key,
        session_key,
        session_id,
        cast(null as varchar) as visitor_id,
        company_key,
        referrer,
        country_code,
        city,
        device_type,
        browser,
        started_at,
        ended_at,
        landing_url,
        landing_host,
        utm_source,
        utm_medium,
        utm_campaign,
        event_count,
        pageview_count,
        form_submit_count

    from {{ ref('int_built_sessions') }}
    union all
    select
        'smartlook' as vendor,
        cast(null as varchar) as workspace_id,
        site,
        visit_key,
        session_key,
        session_id,
        visitor_id,
        company_key,
        referrer,
        country_code,
        city,
        device_type,
        browser,
        started_at,
        ended_at,
        landing_url,
        landing_host,
        utm_source,
        utm_medium,
        utm_campaign,
        event_count,
        pageview_count,
        cast(0 as bigint) as form_submit_count

    from {{ ref('int_built_recordings') }}

)

select * from seen
