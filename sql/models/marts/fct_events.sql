-- One row per event in a session. Grain: event_key.
-- What people typed into forms is not published: the names of the fields are, with null.

{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ delete_changed(this, changed_session_keys()) }}"
) }}

with

sessions as (

    select * from {{ ref('int_built_sessions') }}

),

session_events as (

    select
        *,
        {{ json_pairs('fields') }} as field_pairs,
        {{ json_pairs('properties') }} as property_pairs,
        {{ json_pairs('extra') }} as extra_pairs,
        coalesce(event_type = 'form_submit' or fields is not null, false) as is_form

    from {{ ref('stg_snitcher__session_events') }}

),

recording_events as (

    select * from {{ ref('int_recording_events') }}

),

attributed as (

    select
        'snitcher' as vendor,
        sessions.session_key || ':' || cast(session_events.position as varchar) as event_key,
        sessions.session_key,
        session_events.session_id,
        session_events.session_id || ':' || cast(session_events.position as varchar) as event_id,
        sessions.company_key,
        session_events.event_type,
        session_events.event_name,
        session_events.occurred_at,
        session_events.url,
        case
            when session_events.is_form
                then {{ joined_pairs([
                    without_values('session_events.field_pairs'),
                    without_values('session_events.property_pairs'),
                    one_pair('form_id', 'session_events.form_id'),
                    one_pair('form_name', 'session_events.form_name'),
                    one_pair('time_on_page', 'session_events.time_on_page'),
                    without_values('session_events.extra_pairs'),
                ]) }}
            else {{ joined_pairs([
                'session_events.property_pairs',
                one_pair('form_id', 'session_events.form_id'),
                one_pair('form_name', 'session_events.form_name'),
                one_pair('time_on_page', 'session_events.time_on_page'),
                'session_events.extra_pairs',
            ]) }}
        end as pairs

    from session_events
    inner join sessions
        on
            session_events.workspace_id = sessions.workspace_id
            and session_events.session_id = sessions.session_id
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
