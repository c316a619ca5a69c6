-- One row per session that this build makes: every one, or those that an increment has to make again. Grain:
-- session_key.

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
        sessions.ended_at

    from sessions
    {% if is_increment() %}
        inner join changed_sessions
            on
                sessions.workspace_id = changed_sessions.workspace_id
                and sessions.session_id = changed_sessions.session_id
    {% endif %}

)

select * from final
