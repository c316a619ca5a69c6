-- One row per event in a session. Grain: event_key.
-- What people typed into forms is not published: the names of the fields are, with null.

{{ config(
    materialized='incremental',
    pre_hook=["{{ delete_changed(this, new_session_keys()) }}", "{{ move_events(this) }}"]
) }}

-- what has another company: depends_on: {{ ref('int_seen_sessions') }}

with

session_events as (

    select * from {{ ref('int_session_events') }}

),

recording_events as (

    select * from {{ ref('int_recording_events') }}

),

attributed as (

    select
        'snitcher' as vendor,
        event_key,
        session_key,
        session_id,
        event_id,
        company_key,
        event_type,
        event_name,
        occurred_at,
        url,
        pairs

    from session_events
    union all
    select
        'smartlook' as vendor,
        event_key,
        session_key,
        session_id,
        event_id,
        company_key,
        event_type,
        event_name,
        occurred_at,
        url,
        pairs

    from recording_events

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

    from attributed

)

select * from final
