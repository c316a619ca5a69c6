-- One row per session that a vendor saw, with where it landed, what it counts, the address that it was told, and what
-- visits are compared by. Grain: session_key. Made from the session and its own events alone, so that an increment
-- makes those that changed in raw.

{{ config(
    materialized='incremental', database='build', unique_key='session_key', meta={'changed': 'int_records_new'}
) }}
-- read in an increment: depends_on: {{ ref('int_records_new') }}
{%- set landing_url = 'coalesce(reported.landing_url, counted.landing_url)' %}

with

reported as (

    select * from {{ reported_visits() }} as sessions
    {% if is_increment() %}
        where {{ is_new('load_id') }}
        union all
        -- of these only the events changed, of which there are few
        select reported.* from {{ reported_visits() }} as reported
        inner join {{ ref('int_records_new') }} as changed
            on
                reported.vendor = changed.vendor
                and reported.scope_id = changed.scope_id
                and reported.session_id = changed.session_id
        where not changed.is_new
    {% endif %}

),

-- Snitcher's events are replaced as a set, so that new ones are all; of Smartlook's, old ones are counted with the new
new_events as (

    select * from {{ reported_visit_events() }} as events
    {% if is_increment() %} where vendor = 'snitcher' and {{ is_new('load_id') }} {% endif %}

),

old_sets as (

    select reported.* from reported
    left join new_events
        on
            reported.scope_id = new_events.scope_id
            and reported.session_id = new_events.session_id
    where new_events.session_id is null

),

events as (

    select * from new_events
    {% for vendor in ['snitcher', 'smartlook'] if is_increment() %}
        union all
        select events.* from {{ reported_visit_events() }} as events
        inner join old_sets
            on
                events.scope_id = old_sets.scope_id
                and events.session_id = old_sets.session_id
        where events.vendor = '{{ vendor }}' and old_sets.vendor = '{{ vendor }}'
    {% endfor %}

),

counted as (

    select
        vendor,
        scope_id,
        session_id,
        {{ first_known('url', 'position') }} as landing_url,
        count(*) as event_count,
        count(case when event_type = 'pageview' then 1 end) as pageview_count,
        count(case when event_type = 'form_submit' then 1 end) as form_submit_count,
        min(load_id) as first_event_load_id
    from events
    group by vendor, scope_id, session_id

)

select
    reported.vendor,
    reported.scope_id,
    reported.session_key,
    reported.session_id,
    reported.organisation_id,
    reported.visitor_id,
    coalesce(identities.email, properties.email) as email,
    reported.site,
    reported.referrer,
    reported.country_code,
    reported.city,
    reported.device_type,
    reported.browser,
    reported.started_at,
    reported.ended_at,
    {{ landing_url }} as landing_url,
    {{ url_host(landing_url) }} as landing_host,
    {{ url_query_value(landing_url, 'utm_source') }} as utm_source,
    {{ url_query_value(landing_url, 'utm_medium') }} as utm_medium,
    {{ url_query_value(landing_url, 'utm_campaign') }} as utm_campaign,
    coalesce(counted.event_count, 0) as event_count,
    coalesce(counted.pageview_count, 0) as pageview_count,
    coalesce(counted.form_submit_count, 0) as form_submit_count,
    {{ page_of(landing_url) }} as landing_page,
    {{ time_slot('reported.started_at', 120) }} as stretch,
    {{ folded('reported.city') }} as city_word,
    {{ browser_family('reported.browser') }} as browser_family,
    reported.load_id,
    counted.first_event_load_id
from reported
left join counted
    on
        reported.vendor = counted.vendor
        and reported.scope_id = counted.scope_id
        and reported.session_id = counted.session_id
left join {{ source('reference', 'addresses') }} as identities
    on reported.identified_as = identities.address_text
left join {{ source('reference', 'addresses') }} as properties
    on reported.identified_by = properties.address_text and properties.is_named
