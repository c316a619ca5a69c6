-- One row per event in a session. Grain: event_key.
-- What people typed into forms is not published: the names of the fields are, with null.

{{ config(
    materialized='incremental', unique_key='session_key', meta={'changed': 'int_visits_this_build'}
) }}

with

this_build as (

    select * from {{ ref('int_visits_this_build') }}

),

changed as (

    select * from {{ ref('int_records_new') }}

),

visits as (

    select * from {{ ref('int_visits_attributed') }}

),

-- those whose events are read: all, or the ones that changed in raw
read_visits as (

    select visits.* from visits
    {% if is_increment() %}
        inner join changed
            on visits.session_key = changed.session_key
    {% endif %}

),

new_events as (

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
        {{ carried_by_session_event() }} as carried

    from {{ ref('stg_snitcher__session_events') }} as events
    inner join read_visits as visits
        on
            events.workspace_id = visits.scope_id
            and events.session_id = visits.session_id
    where
        visits.vendor = 'snitcher'
        {% if is_increment() %}
            -- what was loaded before is not read
            and events.load_id >= (
                select min(built.first_event_load_id) from read_visits as built
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
        events.event_type,
        events.event_name,
        events.occurred_at,
        events.url,
        {{ carried_by_visitor_event() }} as carried

    from {{ ref('stg_smartlook__visitor_events') }} as events
    inner join read_visits as visits
        on
            events.project_id = visits.scope_id
            and events.session_id = visits.session_id
    where
        visits.vendor = 'smartlook'
        {% if is_increment() %}
            and events.load_id >= (
                select min(built.first_event_load_id) from read_visits as built
                where built.vendor = 'smartlook'
            )
        {% endif %}

),

final as (

    select
        session_key || ':' || event_place as event_key,
        vendor,
        session_key,
        session_id,
        event_id,
        company_key,
        event_type,
        event_name,
        occurred_at,
        {{ report_day('occurred_at') }} as day,
        url,
        {{ json_object_of('carried') }} as properties

    from new_events
    {% if is_increment() %}
        union all
        -- events go with their session to another company
        select
            events.event_key,
            events.vendor,
            events.session_key,
            events.session_id,
            events.event_id,
            visits.company_key,
            events.event_type,
            events.event_name,
            events.occurred_at,
            events.day,
            events.url,
            events.properties

        from {{ previous('fct_events') }} as events
        inner join this_build
            on events.session_key = this_build.session_key
        inner join visits
            on this_build.session_key = visits.session_key
        left join changed
            on this_build.session_key = changed.session_key
        where changed.session_key is null
    {% endif %}

)

select * from final
