-- One row per session of this build that has events or is a recording: its landing page, its campaign and its counts.
-- Grain: session_key.

{{ config(materialized='view') }}

with

sessions as (

    select * from {{ ref('int_built_sessions') }}

),

session_events as (

    select * from {{ ref('stg_snitcher__session_events') }}

),

recordings as (

    select * from {{ ref('int_built_recordings') }}

),

recording_events as (

    select * from {{ ref('int_recording_events') }}

),

grouped as (

    select
        sessions.session_key,
        {{ first_known('session_events.url', 'session_events.position') }} as landing_url,
        count(*) as event_count,
        count(case when session_events.event_type = 'pageview' then 1 end) as pageview_count,
        count(case when session_events.event_type = 'form_submit' then 1 end) as form_submit_count

    from session_events
    inner join sessions
        on
            session_events.workspace_id = sessions.workspace_id
            and session_events.session_id = sessions.session_id
    group by sessions.session_key
    union all
    -- a recording has a landing page also where it has no events
    select
        recordings.session_key,
        min(recordings.landing_url) as landing_url,
        count(recording_events.event_key) as event_count,
        count(case when recording_events.event_type = 'pageview' then 1 end) as pageview_count,
        cast(0 as bigint) as form_submit_count

    from recordings
    left join recording_events
        on recordings.session_key = recording_events.session_key
    group by recordings.session_key

),

final as (

    select
        session_key,
        landing_url,
        {{ url_host('landing_url') }} as landing_host,
        {{ url_query_value('landing_url', 'utm_source') }} as utm_source,
        {{ url_query_value('landing_url', 'utm_medium') }} as utm_medium,
        {{ url_query_value('landing_url', 'utm_campaign') }} as utm_campaign,
        event_count,
        pageview_count,
        form_submit_count

    from grouped

)

select * from final
