-- One row per Snitcher session, with where it landed, what it counts, and what visits are compared by. Grain:
-- session_key. Made from the session and its own events alone, so an increment makes only those again that changed in
-- raw.

{{ config(
    pre_hook="{{ delete_changed(this, 'session_key in (select session_key from scratch.intermediate.int_new_sessions)') }}"
) }}

-- depends_on: {{ ref('int_new_sessions') }}

with

sessions as (

    select * from {{ ref('stg_snitcher__sessions') }}
    {% if is_increment() %}
        where {{ is_new('load_id') }}
    {% endif %}

),

new_events as (

    select * from {{ ref('stg_snitcher__session_events') }}
    {% if is_increment() %}
        where {{ is_new('load_id') }}
    {% endif %}

),

-- a session's events are replaced as a set: of these all are old, or none is there
other_sessions as (

    select
        sessions.workspace_id,
        sessions.session_id

    from sessions
    left join new_events
        on
            sessions.workspace_id = new_events.workspace_id
            and sessions.session_id = new_events.session_id
    where new_events.session_id is null

),

session_events as (

    select * from new_events
    {% if is_increment() %}
        union all
        select session_events.*
        from {{ ref('stg_snitcher__session_events') }} as session_events
        inner join other_sessions
            on
                session_events.workspace_id = other_sessions.workspace_id
                and session_events.session_id = other_sessions.session_id
    {% endif %}

),

landings as (

    select
        workspace_id,
        session_id,
        {{ first_known('url', 'position') }} as landing_url,
        count(*) as event_count,
        count(case when event_type = 'pageview' then 1 end) as pageview_count,
        count(case when event_type = 'form_submit' then 1 end) as form_submit_count,
        min(load_id) as first_event_load_id

    from session_events
    group by workspace_id, session_id

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
        landings.landing_url,
        {{ url_host('landings.landing_url') }} as landing_host,
        {{ url_query_value('landings.landing_url', 'utm_source') }} as utm_source,
        {{ url_query_value('landings.landing_url', 'utm_medium') }} as utm_medium,
        {{ url_query_value('landings.landing_url', 'utm_campaign') }} as utm_campaign,
        coalesce(landings.event_count, 0) as event_count,
        coalesce(landings.pageview_count, 0) as pageview_count,
        coalesce(landings.form_submit_count, 0) as form_submit_count,
        {{ page_of('landings.landing_url') }} as landing_page,
        {{ time_slot('sessions.started_at', 120) }} as stretch,
        {{ folded('sessions.city') }} as city_word,
        {{ browser_family('sessions.browser') }} as browser_family,
        sessions.load_id,
        landings.first_event_load_id

    from sessions
    left join landings
        on
            sessions.workspace_id = landings.workspace_id
            and sessions.session_id = landings.session_id

)

select * from final
