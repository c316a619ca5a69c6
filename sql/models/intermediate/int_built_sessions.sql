-- One row per Snitcher session that this build publishes: every one, or those that an increment has to publish again.
-- Grain: session_key.

{{ config(materialized='view') }}

with

sessions as (

    select * from {{ ref('int_attributed_sessions') }}

),

changed_sessions as (

    select * from {{ ref('int_changed_sessions') }}

),

final as (

    select
        sessions.session_key,
        sessions.workspace_id,
        sessions.session_id,
        sessions.company_key,
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
        sessions.form_submit_count

    from sessions
    {% if is_increment() %}
        inner join changed_sessions
            on sessions.session_key = changed_sessions.session_key
    {% endif %}

)

select * from final
