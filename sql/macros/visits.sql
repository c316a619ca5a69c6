{#- Sessions that vendors saw, as last reported, in one form: a session of Snitcher and a recording of Smartlook are both a
    visit. Vendor, scope (workspace or project) and session_id are its key as the vendor has it. A subquery and no table, so
    that what it is filtered by reaches what the vendors gave. -#}
{% macro reported_visits() -%}
(
    select
        'snitcher' as vendor,
        workspace_id as scope_id,
        session_key,
        session_id,
        organisation_id,
        cast(null as varchar) as visitor_id,
        cast(null as varchar) as identified_as,
        cast(null as varchar) as identified_by,
        cast(null as varchar) as site,
        cast(null as varchar) as landing_url,
        referrer,
        country_code,
        city,
        device_type,
        browser,
        started_at,
        ended_at,
        load_id
    from {{ ref('stg_snitcher__sessions') }}
    union all
    select
        'smartlook' as vendor,
        project_id as scope_id,
        session_key,
        session_id,
        cast(null as varchar) as organisation_id,
        visitor_id,
        identified_as,
        cast(identification_properties as varchar) as identified_by,
        site,
        landing_url,
        referrer,
        country_code,
        city,
        device_type,
        browser,
        started_at,
        ended_at,
        load_id
    from {{ ref('stg_smartlook__sessions') }}
)
{%- endmacro %}

{#- Events in those sessions, as far as visits are made of them. Snitcher's have a place in their session from 1; Smartlook
    names the landing page itself, and none of its events says that a form was sent. -#}
{% macro reported_visit_events() -%}
(
    select
        'snitcher' as vendor,
        workspace_id as scope_id,
        session_id,
        position,
        url,
        event_type,
        load_id
    from {{ ref('stg_snitcher__session_events') }}
    union all
    select
        'smartlook' as vendor,
        project_id as scope_id,
        session_id,
        cast(null as bigint) as position,
        cast(null as varchar) as url,
        case when event_type = 'pageview' then event_type end as event_type,
        load_id
    from {{ ref('stg_smartlook__visitor_events') }}
)
{%- endmacro %}
