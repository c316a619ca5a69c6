-- One row per occurrence of an event that Smartlook recorded. Grain: project_id, event_id. `carried` is everything that
-- it brought, but for what it recorded of an input, which Smartlook masks unless somebody told it not to: of that, only
-- the names.

{%- set value = one_pair('value', clean('value')) %}
{%- set own_pairs = joined_pairs([
    one_pair('selector', clean('selector')), one_pair('source_type', clean('source_type')), one_pair('duration', 'duration')
]) %}

with

source as (

    select * from {{ source('raw_smartlook', 'visitor_events') }}

),

renamed as (

    select
        -- keys; `session_key` is that of the session's published row
        {{ surrogate_key(["'smartlook'", "project_id", "session_id"]) }} as session_key,
        project_id,
        id as event_id,
        session_id,
        {{ clean('visitor_id') }} as visitor_id,

        -- facts
        -- the vendor's word; only its `url` has the name that others give to it
        case when {{ clean('type') }} = 'url' then 'pageview' else {{ clean('type') }} end as event_type,
        {{ clean('event_name') }} as event_name,
        {{ clean('page_url') }} as url,
        case
            when {{ clean('type') }} in ('text', 'focus')
                then {{ joined_pairs([
                    without_values(json_pairs('properties')),
                    without_values(value),
                    own_pairs,
                    without_values(json_pairs('_extra')),
                ]) }}
            else {{ joined_pairs([json_pairs('properties'), value, own_pairs, json_pairs('_extra')]) }}
        end as carried,

        -- times
        started_at as occurred_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
