-- One row per event in the Snitcher sessions that changed in raw, with everything that it carried. Grain: event_key.
-- What people typed into forms is not passed on.

{{ config(materialized='view') }}

-- depends_on: {{ ref('int_sessions') }}

with

new_sessions as (

    select * from {{ ref('int_new_sessions') }}

),

sessions as (

    select sessions.*
    from {{ ref('int_built_sessions') }} as sessions
    {% if is_increment() %}
        inner join new_sessions
            on sessions.session_key = new_sessions.session_key
    {% endif %}

),

session_events as (

    select
        sessions.session_key,
        sessions.session_id,
        sessions.company_key,
        session_events.position,
        session_events.event_type,
        session_events.event_name,
        session_events.occurred_at,
        session_events.url,
        session_events.form_id,
        session_events.form_name,
        session_events.time_on_page,
        {{ json_pairs('session_events.fields') }} as field_pairs,
        {{ json_pairs('session_events.properties') }} as property_pairs,
        {{ json_pairs('session_events.extra') }} as extra_pairs,
        coalesce(session_events.event_type = 'form_submit' or session_events.fields is not null, false) as is_form

    from {{ ref('stg_snitcher__session_events') }} as session_events
    inner join sessions
        on
            session_events.workspace_id = sessions.workspace_id
            and session_events.session_id = sessions.session_id
    {% if is_increment() %}
        where
            -- what was loaded before is not read
            session_events.load_id >= (
                select min(built.first_event_load_id) from {{ ref('int_sessions') }} as built
                where {{ is_new('built.load_id') }}
            )
    {% endif %}

),

final as (

    select
        session_key || ':' || cast(position as varchar) as event_key,
        session_key,
        session_id,
        session_id || ':' || cast(position as varchar) as event_id,
        company_key,
        event_type,
        event_name,
        occurred_at,
        url,
        case
            when is_form
                then {{ joined_pairs([
                    without_values('field_pairs'),
                    without_values('property_pairs'),
                    one_pair('form_id', 'form_id'),
                    one_pair('form_name', 'form_name'),
                    one_pair('time_on_page', 'time_on_page'),
                    without_values('extra_pairs'),
                ]) }}
            else {{ joined_pairs([
                'property_pairs',
                one_pair('form_id', 'form_id'),
                one_pair('form_name', 'form_name'),
                one_pair('time_on_page', 'time_on_page'),
                'extra_pairs',
            ]) }}
        end as pairs

    from session_events

)

select * from final
