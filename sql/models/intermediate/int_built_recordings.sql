-- One row per Smartlook session that this build publishes: every one, or those that an increment has to publish again.
-- Grain: session_key.

{{ config(materialized='view') }}

with

recordings as (

    select * from {{ ref('int_recordings') }}

),

changed_recordings as (

    select * from {{ ref('int_changed_recordings') }}

),

links as (

    select * from {{ ref('int_recording_links') }}

),

recording_visits as (

    select * from {{ ref('int_recording_visits') }}

),

final as (

    select
        recordings.session_key,
        recordings.project_id,
        recordings.session_id,
        recordings.visitor_id,
        recordings.site,
        recordings.referrer,
        recordings.country_code,
        recordings.city,
        recordings.device_type,
        recordings.browser,
        recordings.started_at,
        recordings.ended_at,
        recordings.landing_url,
        recordings.landing_host,
        recordings.utm_source,
        recordings.utm_medium,
        recordings.utm_campaign,
        recordings.event_count,
        recordings.pageview_count,
        links.company_key,
        recording_visits.visit_key

    from recordings
    {% if is_increment() %}
        inner join changed_recordings
            on recordings.session_key = changed_recordings.session_key
    {% endif %}
    left join links
        on recordings.session_key = links.session_key
    left join recording_visits
        on recordings.session_key = recording_visits.session_key

)

select * from final
