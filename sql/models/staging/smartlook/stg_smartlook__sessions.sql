-- One row per Smartlook recording, as last reported, while Smartlook has it. Grain: project_id, session_id.

with

source as (

    select * from {{ source('raw_smartlook', 'sessions') }}
    -- what the vendor no longer has is kept in raw, and counts nowhere
    where missing_since is null

),

renamed as (

    select
        -- keys
        {{ surrogate_key(["'smartlook'", "project_id", "id"]) }} as session_key,
        project_id,
        id as session_id,
        {{ clean('visitor_id') }} as visitor_id,

        -- facts
        {{ clean('identification_uid') }} as identified_as,
        identification_properties,
        {{ clean('referrer') }} as referrer,
        {{ clean('landing_page') }} as landing_url,
        {{ url_host('domain') }} as site,
        {{ country_code('identification_country_code') }} as country_code,
        {{ clean('identification_country_city') }} as city,
        lower({{ clean('identification_device_type') }}) as device_type,
        {{ clean('identification_browser_name') }} as browser,

        -- times
        started_at,
        ended_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
