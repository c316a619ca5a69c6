-- One row per Snitcher session, as last reported, while Snitcher has it. Grain: workspace_id, session_id.

with

source as (

    select * from {{ source('raw_snitcher', 'sessions') }}
    -- what the vendor no longer has is kept in raw, and counts nowhere
    where missing_since is null

),

renamed as (

    select
        -- keys; uuids are unique in a workspace, and nobody says that they are beyond it
        {{ surrogate_key(["'snitcher'", "workspace_uuid", "uuid"]) }} as session_key,
        workspace_uuid as workspace_id,
        uuid as session_id,
        {{ organisation_id('organisation_uuid') }} as organisation_id,

        -- facts
        {{ clean('referrer') }} as referrer,
        {{ country_code('location_country') }} as country_code,
        {{ clean('location_city') }} as city,
        lower({{ clean('device_type') }}) as device_type,
        {{ clean('browser') }} as browser,

        -- times
        started_at,
        ended_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
