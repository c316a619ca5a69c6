-- One row per call button on a site. Grain: button_id.

with

buttons as (

    select * from {{ ref('stg_snapcall__buttons') }}

),

final as (

    select
        button_id,
        button_name,
        brand,
        agent_email,
        destination_number,
        shown_number,
        schedule_template_id,
        time_zone,
        display_page,
        cart_value_threshold,
        is_active,
        config

    from buttons

)

select * from final
