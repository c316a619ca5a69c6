-- One row per session that this build makes, whoever saw it. Grain: session_key.

{{ config(materialized='view') }}

with

seen as (

    select
        'snitcher' as vendor,
        session_key,
        session_id,
        workspace_id,
        cast(null as varchar) as site,
        company_key,
        cast(null as varchar) as visit_key,
        referrer,
        country_code,
        city,
        device_type,
        browser,
        started_at,
        ended_at

    from {{ ref('int_built_sessions') }}
    union all
    select
        'smartlook' as vendor,
        session_key,
        session_id,
        cast(null as varchar) as workspace_id,
        site,
        company_key,
        visit_key,
        referrer,
        country_code,
        city,
        device_type,
        browser,
        started_at,
        ended_at

    from {{ ref('int_built_recordings') }}

)

select * from seen
