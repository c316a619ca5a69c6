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
        feedback_number,
        {{ clean('status_type') }} as feedback_status,
        {{ clean('priority') }} as priority,
        {{ clean('email') }} as email_text,
        {{ clean('client_url') }} as page_url,
        {{ clean('client_city_name') }} as city,
        {{ clean('client_country_name') }} as country_name,
        {{ clean('client_browser_name') }} as browser,
        {{ clean('client_browser_os') }} as operating_system,
        ordered_inputs,
        {{ feedback_comment('ordered_inputs') }} as comment_text,
        custom_data,
        _extra as extra,
        {{ json_texts('labels', 'name') }} as labels,

        -- links
        {{ clean('public_link') }} as public_link,
        {{ clean('screenshot_annotated_image_url') }} as screenshot_url,
        {{ clean('screen_recording_file_resource_url') }} as recording_url,

        -- flags
        coalesce(is_demo, false) as is_demo,

        -- times
        created_at,
        updated_at,
        missing_since as missing_since_at,
        _dlt_load_id as load_id

    from source

),

final as (

    select
        renamed.*,
        addresses.email

    from renamed
    left join {{ source('reference', 'addresses') }} as addresses
        on renamed.email_text = addresses.address_text

)

select * from final
