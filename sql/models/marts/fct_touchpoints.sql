-- One row per dated contact of a company that is not our own. Grain: touchpoint_key.
-- A visit that two vendors saw is one contact, and what was sent in it stands beside it.

{{ config(
    materialized='incremental', unique_key='touchpoint_key', meta={'changed': 'int_touchpoints_this_build'}
) }}

with

this_build as (

    select * from {{ ref('int_visits_this_build') }}

),

sessions as (

    select sessions.* from {{ ref('fct_sessions') }} as sessions
    {% if is_increment() %}
        inner join this_build
            on sessions.session_key = this_build.session_key
    {% endif %}
    where sessions.is_primary and sessions.company_key is not null

),

visits as (

    select
        'session' as touch_type,
        vendor,
        session_id as entity_id,
        session_key as contact_key,
        company_key,
        started_at as occurred_at,
        session_id,
        session_key,
        channel,
        utm_campaign,
        landing_url as page_url,
        'visit of ' || coalesce(site, 'the site') || ', pages seen: ' || cast(pageview_count as varchar) as summary

    from sessions
    union all
    select
        'form_submit' as touch_type,
        events.vendor,
        events.event_id as entity_id,
        events.event_key as contact_key,
        sessions.company_key,
        coalesce(events.occurred_at, sessions.started_at) as occurred_at,
        sessions.session_id,
        sessions.session_key,
        sessions.channel,
        sessions.utm_campaign,
        events.url as page_url,
        'form ' || coalesce(events.event_name, 'without a name') as summary

    from {{ ref('fct_events') }} as events
    inner join sessions
        on events.session_key = sessions.session_key
    where events.event_type = 'form_submit'

),

final as (

    select
        {{ surrogate_key(['visits.touch_type', 'visits.vendor', 'visits.contact_key']) }} as touchpoint_key,
        visits.company_key,
        visits.occurred_at,
        {{ report_day('visits.occurred_at') }} as day,
        visits.touch_type,
        visits.vendor,
        visits.entity_id,
        visits.session_id,
        visits.session_key,
        visits.channel,
        visits.utm_campaign,
        visits.page_url,
        visits.summary

    from visits
    inner join {{ ref('dim_companies') }} as companies
        on visits.company_key = companies.company_key
    where visits.occurred_at is not null and not companies.is_internal
    union all
    select
        touchpoint_key,
        company_key,
        occurred_at,
        {{ report_day('occurred_at') }} as day,
        touch_type,
        vendor,
        entity_id,
        session_id,
        session_key,
        channel,
        utm_campaign,
        page_url,
        summary

    from {{ ref('int_touchpoints_this_build') }}
    where not is_gone

)

select * from final
