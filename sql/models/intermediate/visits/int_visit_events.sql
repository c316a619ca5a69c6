-- One row per event in the sessions that changed in raw, with everything that it carried. Grain: event_key. What people
-- typed is not passed on: not the values of forms, nor what Smartlook recorded of an input, which it masks by itself
-- unless somebody told it not to.

{{ config(materialized='view') }}
-- read in an increment: depends_on: {{ ref('int_records_new') }}

with

visits as (

    select visits.*
    from {{ ref('int_visits_attributed') }} as visits
    {% if is_increment() %}
        inner join {{ ref('int_records_new') }} as changed
            on visits.session_key = changed.session_key
    {% endif %}

),

events as (

    select
        visits.vendor,
        visits.session_key,
        visits.session_id,
        visits.company_key,
        cast(events.position as varchar) as event_place,
        visits.session_id || ':' || cast(events.position as varchar) as event_id,
        events.event_type,
        events.event_name,
        events.occurred_at,
        events.url,
        {{ json_pairs('events.fields') }} as field_pairs,
        {{ json_pairs('events.properties') }} as property_pairs,
        cast(null as varchar) as event_value,
        {{ joined_pairs([
            one_pair('form_id', 'events.form_id'),
            one_pair('form_name', 'events.form_name'),
            one_pair('time_on_page', 'events.time_on_page'),
        ]) }} as own_pairs,
        {{ json_pairs('events.extra') }} as extra_pairs,
        coalesce(events.event_type = 'form_submit' or events.fields is not null, false) as is_typed

    from {{ ref('stg_snitcher__session_events') }} as events
    inner join visits
        on
            events.workspace_id = visits.scope_id
            and events.session_id = visits.session_id
    where
        visits.vendor = 'snitcher'
        {% if is_increment() %}
            -- what was loaded before is not read
            and events.load_id >= (
                select min(built.first_event_load_id) from visits as built
                where built.vendor = 'snitcher'
            )
        {% endif %}
    union all
    select
        visits.vendor,
        visits.session_key,
        visits.session_id,
        visits.company_key,
        events.event_id as event_place,
        events.event_id,
        case when events.event_type = 'url' then 'pageview' else events.event_type end as event_type,
        events.event_name,
        events.occurred_at,
        events.url,
        null as field_pairs,
        {{ json_pairs('events.properties') }} as property_pairs,
        events.event_value,
        {{ joined_pairs([
            one_pair('selector', 'events.selector'),
            one_pair('source_type', 'events.source_type'),
            one_pair('duration', 'events.duration'),
        ]) }} as own_pairs,
        {{ json_pairs('events.extra') }} as extra_pairs,
        coalesce(events.event_type in ('text', 'focus'), false) as is_typed

    from {{ ref('stg_smartlook__visitor_events') }} as events
    inner join visits
        on
            events.project_id = visits.scope_id
            and events.session_id = visits.session_id
    where
        visits.vendor = 'smartlook'
        {% if is_increment() %}
            and events.load_id >= (
                select min(built.first_event_load_id) from visits as built
                where built.vendor = 'smartlook'
            )
        {% endif %}

)

select
    vendor,
    session_key || ':' || event_place as event_key,
    session_key,
    session_id,
    event_id,
    company_key,
    event_type,
    event_name,
    occurred_at,
    url,
    case
        when is_typed then {{ joined_pairs([
            without_values('field_pairs'),
            without_values('property_pairs'),
            without_values(one_pair('value', 'event_value')),
            'own_pairs',
            without_values('extra_pairs'),
        ]) }}
        else {{ joined_pairs(['property_pairs', one_pair('value', 'event_value'), 'own_pairs', 'extra_pairs']) }}
    end as pairs

from events
