-- One row per event in the Smartlook sessions that this build makes, with everything that it carried. Grain: event_key.
-- What people typed is not passed on: Smartlook masks it unless somebody told it not to.

{{ config(materialized='view') }}

with

recordings as (

    select * from {{ ref('int_built_recordings') }}

),

visitor_events as (

    select
        *,
        {{ json_pairs('properties') }} as property_pairs,
        {{ json_pairs('extra') }} as extra_pairs,
        coalesce(event_type in ('text', 'focus'), false) as is_input

    from {{ ref('stg_smartlook__visitor_events') }}

),

final as (

    select
        recordings.session_key || ':' || visitor_events.event_id as event_key,
        recordings.session_key,
        recordings.session_id,
        visitor_events.event_id,
        recordings.company_key,
        case when visitor_events.event_type = 'url' then 'pageview' else visitor_events.event_type end as event_type,
        visitor_events.event_name,
        visitor_events.occurred_at,
        visitor_events.url,
        case
            when visitor_events.is_input
                then {{ joined_pairs([
                    without_values('visitor_events.property_pairs'),
                    without_values(one_pair('value', 'visitor_events.event_value')),
                    one_pair('selector', 'visitor_events.selector'),
                    one_pair('source_type', 'visitor_events.source_type'),
                    one_pair('duration', 'visitor_events.duration'),
                    without_values('visitor_events.extra_pairs'),
                ]) }}
            else {{ joined_pairs([
                'visitor_events.property_pairs',
                one_pair('value', 'visitor_events.event_value'),
                one_pair('selector', 'visitor_events.selector'),
                one_pair('source_type', 'visitor_events.source_type'),
                one_pair('duration', 'visitor_events.duration'),
                'visitor_events.extra_pairs',
            ]) }}
        end as pairs

    from visitor_events
    inner join recordings
        on visitor_events.session_key = recordings.session_key

)

select * from final
