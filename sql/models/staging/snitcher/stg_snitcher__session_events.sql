-- One row per event in a Snitcher session, while Snitcher has the session. Grain: workspace_id, session_id, position
-- (from 1, in order of time).

with

source as (

    select events.* from {{ source('raw_snitcher', 'session_events') }} as events
    left join {{ source('raw_snitcher', 'sessions') }} as gone
        on
            events.workspace_uuid = gone.workspace_uuid
            and events.session_uuid = gone.uuid
            and gone.missing_since is not null
    where gone.uuid is null

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
        time_on_page,
        fields,
        properties,
        _extra as extra,

        -- times
        triggered_at as occurred_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
