-- One row per template of opening hours. Grain: schedule_template_id.

with

schedule_templates as (

    select * from {{ ref('stg_snapcall__schedule_templates') }}

),

final as (

    select
        schedule_template_id,
        schedule_template_name,
        schedule

    from schedule_templates

)

select * from final
