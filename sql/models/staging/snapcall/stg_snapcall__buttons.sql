-- One row per call button on a site. Grain: button_id.

with

source as (

    select * from {{ source('raw_snapcall', 'buttons') }}

),

renamed as (

    select
        -- keys
        {{ clean('bid') }} as button_id,
        schedule_template_id,

        -- facts; on a button `call_id` is the number that rings and `caller_id` the number shown there
        {{ clean('name') }} as button_name,
        {{ clean('brand') }} as brand,
        {{ clean('call_id') }} as destination_number,
        {{ clean('caller_id') }} as shown_number,
        lower({{ clean('agent') }}) as agent_email,
        {{ clean('timezone') }} as time_zone,
        {{ clean('display_page') }} as display_page,
        cart_value as cart_value_threshold,
        config,

        -- flags
        active as is_active,
        _dlt_load_id as load_id

    from source

)

select * from renamed
