-- One row per feedback, demo rows included. Grain: feedback_id.

with

source as (

    select * from {{ source('raw_usersnap', 'feedbacks') }}

),

renamed as (

    select
        -- keys
        feedback_id,
        {{ clean('project_id') }} as project_id,
        {{ clean('assignee_id') }} as assignee_id,

        -- facts
        {{ clean('status_type') }} as feedback_status,
        {{ clean('priority') }} as priority,
        {{ email('email') }} as email,
        {{ clean('client_url') }} as page_url,
        {{ clean('client_city_name') }} as city,
        {{ clean('client_browser_name') }} as browser,
        ordered_inputs,
        custom_data,
        labels,

        -- flags
        is_demo,

        -- times
        created_at,
        updated_at,
        missing_since as missing_since_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
