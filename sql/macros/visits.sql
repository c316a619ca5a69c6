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

{#- Everything that an event carried, as a list of (name, value), but for what people typed: of the fields of a form, and of
    what Smartlook recorded of an input, which it masks unless somebody told it not to, only the names. Read after the events
    are chosen: it costs more than all else of them. -#}
{% macro carried_by_session_event() -%}
    {%- set own_pairs = joined_pairs([
        one_pair('form_id', 'events.form_id'),
        one_pair('form_name', 'events.form_name'),
        one_pair('time_on_page', 'events.time_on_page'),
    ]) -%}
    {%- set properties, extra = json_pairs('events.properties'), json_pairs('events.extra') -%}
    case
        when events.event_type = 'form_submit' or events.fields is not null
            then {{ joined_pairs([
                without_values(json_pairs('events.fields')), without_values(properties), own_pairs, without_values(extra)
            ]) }}
        else {{ joined_pairs([properties, own_pairs, extra]) }}
    end
{%- endmacro %}

{% macro carried_by_visitor_event() -%}
    {%- set own_pairs = joined_pairs([
        one_pair('selector', 'events.selector'),
        one_pair('source_type', 'events.source_type'),
        one_pair('duration', 'events.duration'),
    ]) -%}
    {%- set properties, extra = json_pairs('events.properties'), json_pairs('events.extra') -%}
    {%- set value = one_pair('value', 'events.event_value') -%}
    case
        when events.event_type in ('text', 'focus')
            then {{ joined_pairs([
                without_values(properties), without_values(value), own_pairs, without_values(extra)
            ]) }}
        else {{ joined_pairs([properties, value, own_pairs, extra]) }}
    end
{%- endmacro %}
