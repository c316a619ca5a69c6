-- One row per event in a Snitcher session. Grain: workspace_id, session_id, position (from 1, in order of time).
-- `carried` is everything that it brought, but for what people typed into forms: of that, only the names.

{%- set own_pairs = joined_pairs([
    one_pair('form_id', clean('form_id')), one_pair('form_name', clean('form_name')), one_pair('time_on_page', 'time_on_page')
]) %}

with

source as (

    select * from {{ source('raw_snitcher', 'session_events') }}

),

renamed as (

    select
        -- keys
        workspace_uuid as workspace_id,
        session_uuid as session_id,
        position,

        -- facts
        {{ clean('event_type') }} as event_type,
        coalesce({{ clean('name') }}, {{ clean('form_name') }}) as event_name,
        {{ clean('url') }} as url,
        {{ clean('form_id') }} as form_id,
        {{ clean('form_name') }} as form_name,
        fields,
        properties,
        case
            when {{ clean('event_type') }} = 'form_submit' or fields is not null
                then {{ joined_pairs([
                    without_values(json_pairs('fields')),
                    without_values(json_pairs('properties')),
                    own_pairs,
                    without_values(json_pairs('_extra')),
                ]) }}
            else {{ joined_pairs([json_pairs('properties'), own_pairs, json_pairs('_extra')]) }}
        end as carried,

        -- times
        triggered_at as occurred_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
