-- One row per occurrence of an event that Smartlook recorded, while it has the recording. Grain: project_id, event_id.

with

source as (

    select events.* from {{ source('raw_smartlook', 'visitor_events') }} as events
    left join {{ source('raw_smartlook', 'sessions') }} as gone
        on
            events.project_id = gone.project_id
            and events.session_id = gone.id
            and gone.missing_since is not null
    where gone.id is null

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
        {{ clean('value') }} as event_value,
        {{ clean('selector') }} as selector,
        {{ clean('source_type') }} as source_type,
        properties,
        duration,
        _extra as extra,

        -- times
        started_at as occurred_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
