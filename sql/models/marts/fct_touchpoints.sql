-- One row per dated contact of a company that is not our own. Grain: touchpoint_key.
-- A visit that two vendors saw is one contact, and what was sent in it stands beside it.

{{ config(
    materialized='incremental',
    pre_hook="{{ delete_changed(this, is_changed_touchpoint()) }}"
) }}

with

sessions as (

    select * from {{ ref('fct_sessions') }}
    where is_primary and company_key is not null {% if is_increment() %} and {{ is_changed_visit() }} {% endif %}

),

contacts as (

    select
        'session' as touch_type,
        vendor,
        session_id as entity_id,
        session_key as contact_key,
        company_key,
        started_at as occurred_at,
        session_id,
        channel,
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
        sessions.channel,
        events.url as page_url,
        'form ' || coalesce(events.event_name, 'without a name') as summary

    from {{ ref('fct_events') }} as events
    inner join sessions
        on events.session_key = sessions.session_key
    where events.event_type = 'form_submit'
    union all
    select
        'call' as touch_type,
        'snapcall' as vendor,
        call_id as entity_id,
        call_id as contact_key,
        company_key,
        started_at as occurred_at,
        session_id,
        cast(null as varchar) as channel,
        page_url,
        'call ' || coalesce(status, 'of unknown outcome') as summary

    from {{ ref('fct_calls') }}
    union all
    select
        'feedback' as touch_type,
        'usersnap' as vendor,
        feedback_id as entity_id,
        feedback_id as contact_key,
        company_key,
        created_at as occurred_at,
        cast(null as varchar) as session_id,
        cast(null as varchar) as channel,
        page_url,
        'feedback ' || coalesce(left(comment, 200), 'without words') as summary

    from {{ ref('fct_feedback') }}
    where not is_demo
    union all
    select
        'lead' as touch_type,
        'snapcrm' as vendor,
        lead_key as entity_id,
        lead_key as contact_key,
        company_key,
        created_at as occurred_at,
        first_session_id as session_id,
        cast(null as varchar) as channel,
        cast(null as varchar) as page_url,
        'asked to be contacted, known from ' || known_from as summary

    from {{ ref('fct_leads') }}
    where not is_internal

),

final as (

    select
        {{ surrogate_key(['contacts.touch_type', 'contacts.vendor', 'contacts.contact_key']) }} as touchpoint_key,
        contacts.company_key,
        contacts.occurred_at,
        contacts.touch_type,
        contacts.vendor,
        contacts.entity_id,
        contacts.session_id,
        contacts.channel,
        contacts.page_url,
        contacts.summary

    from contacts
    inner join {{ ref('dim_companies') }} as companies
        on contacts.company_key = companies.company_key
    where contacts.occurred_at is not null and not companies.is_internal

)

select * from final
