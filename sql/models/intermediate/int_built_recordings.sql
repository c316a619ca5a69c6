-- One row per Smartlook session that this build makes: every one, or those that an increment has to make again. Grain:
-- session_key.

{{ config(materialized='view') }}

with

recordings as (

    select * from {{ ref('stg_smartlook__sessions') }}

),

changed_recordings as (

    select * from {{ ref('int_changed_recordings') }}

),

links as (

    select * from {{ ref('int_links') }}
    where vendor = 'smartlook' and entity_type = 'session'

),

recording_visits as (

    select * from {{ ref('int_recording_visits') }}

),

final as (

    select
        recordings.session_key,
        recordings.session_id,
        links.company_key,
        recording_visits.visit_key,
        recordings.site,
        recordings.landing_url,
        recordings.referrer,
        recordings.country_code,
        recordings.city,
        recordings.device_type,
        recordings.browser,
        recordings.started_at,
        recordings.ended_at

    from recordings
    {% if is_increment() %}
        inner join changed_recordings
            on recordings.session_key = changed_recordings.session_key
    {% endif %}
    left join links
        on recordings.session_id = links.entity_id
    left join recording_visits
        on recordings.session_key = recording_visits.session_key

)

select * from final
