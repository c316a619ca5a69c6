-- One row per event in the Smartlook sessions that changed in raw, with everything that it carried. Grain: event_key.
-- What people typed is not passed on: Smartlook masks it unless somebody told it not to.

{{ config(materialized='view') }}

-- depends_on: {{ ref('int_recordings') }}

with

new_recordings as (

    select * from {{ ref('int_new_recordings') }}

),

recordings as (

    select recordings.*
    from {{ ref('int_built_recordings') }} as recordings
    {% if is_increment() %}
        inner join new_recordings
            on recordings.session_key = new_recordings.session_key
    {% endif %}

),

visitor_events as (

    select
        recordings.session_key,
        recordings.session_id,
        recordings.company_key,
        visitor_events.event_id,
        visitor_events.event_type,
        visitor_events.event_name,
        visitor_events.event_value,
        visitor_events.selector,
        visitor_events.source_type,
        visitor_events.duration,
        visitor_events.occurred_at,
        visitor_events.url,
        {{ json_pairs('visitor_events.properties') }} as property_pairs,
        {{ json_pairs('visitor_events.extra') }} as extra_pairs,
        coalesce(visitor_events.event_type in ('text', 'focus'), false) as is_input

    from {{ ref('stg_smartlook__visitor_events') }} as visitor_events
    inner join recordings
        on
            visitor_events.project_id = recordings.project_id
            and visitor_events.session_id = recordings.session_id
    {% if is_increment() %}
        where
            -- what was loaded before is not read
            visitor_events.load_id >= (
                select min(built.first_event_load_id) from {{ ref('int_recordings') }} as built
                inner join new_recordings
                    on built.session_key = new_recordings.session_key
            )
    {% endif %}

),

final as (

    select
        session_key || ':' || event_id as event_key,
        session_key,
        session_id,
        event_id,
        company_key,
        case when event_type = 'url' then 'pageview' else event_type end as event_type,
        event_name,
        occurred_at,
        url,
        case
            when is_input
                then {{ joined_pairs([
                    without_values('property_pairs'),
                    without_values(one_pair('value', 'event_value')),
                    one_pair('selector', 'selector'),
                    one_pair('source_type', 'source_type'),
                    one_pair('duration', 'duration'),
                    without_values('extra_pairs'),
                ]) }}
            else {{ joined_pairs([
                'property_pairs',
                one_pair('value', 'event_value'),
                one_pair('selector', 'selector'),
                one_pair('source_type', 'source_type'),
                one_pair('duration', 'duration'),
                'extra_pairs',
            ]) }}
        end as pairs

    from visitor_events

)

select * from final
