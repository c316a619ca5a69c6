-- One row per Snitcher session, with the company of its visit and why. Grain: session_key. A visit has one company,
-- whoever knows it: the vendor or the operator, a form that was sent in it, its recording, or the recording's visitor.

{{ config(materialized='view') }}

with

named_visits as (

    select * from {{ ref('int_named_visits') }}

),

-- visits that only the recording's visitor tells of
followed_visits as (

    select
        recording_visits.visit_key,
        recording_visits.recording_id,
        followed.company_key

    from {{ ref('int_followed_recordings') }} as followed
    inner join {{ ref('int_recording_visits') }} as recording_visits
        on followed.session_key = recording_visits.session_key

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
        case
            when named_visits.visit_key is not null then named_visits.company_key
            when sessions.rule is not null then sessions.company_key
            else followed_visits.company_key
        end as company_key,
        case
            when named_visits.told_by = 'recording' and named_visits.company_key is not null then 'same_visit'
            when named_visits.visit_key is not null then named_visits.rule
            when sessions.rule is not null then sessions.rule
            when followed_visits.visit_key is not null then 'same_visit'
        end as rule,
        case
            when
                (named_visits.told_by = 'recording' and named_visits.company_key is not null)
                or (sessions.rule is null and followed_visits.visit_key is not null)
                then 'same page, time, city and browser as recording '
                    || coalesce(named_visits.recording_id, followed_visits.recording_id)
            when named_visits.rule is not null then named_visits.evidence
            else sessions.evidence
        end as evidence,
        case
            when
                (named_visits.told_by = 'recording' and named_visits.company_key is not null)
                or (sessions.rule is null and followed_visits.visit_key is not null)
                then 'recording'
            when named_visits.rule is not null then named_visits.rests_on_type
            else sessions.rests_on_type
        end as rests_on_type,
        case
            when
                (named_visits.told_by = 'recording' and named_visits.company_key is not null)
                or (sessions.rule is null and followed_visits.visit_key is not null)
                then coalesce(named_visits.recording_id, followed_visits.recording_id)
            when named_visits.rule is not null then named_visits.rests_on_id
            else sessions.rests_on_id
        end as rests_on_id,
        case
            when
                (named_visits.told_by = 'recording' and named_visits.company_key is not null)
                or (sessions.rule is null and followed_visits.visit_key is not null)
                then null
            when named_visits.rule is not null then named_visits.met_value
            else sessions.met_value
        end as met_value,
        named_visits.evidence_against,
        named_visits.claims_against

    from {{ ref('int_own_sessions') }} as sessions
    left join named_visits
        on sessions.session_key = named_visits.visit_key
    left join followed_visits
        on sessions.session_key = followed_visits.visit_key

)

select * from final
