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

new_events as (

    select * from {{ ref('int_visit_events') }}

),

final as (

    select
        event_key,
        vendor,
        session_key,
        session_id,
        event_id,
        company_key,
        event_type,
        event_name,
        occurred_at,
        url,
        {{ json_object_of('pairs') }} as properties

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
