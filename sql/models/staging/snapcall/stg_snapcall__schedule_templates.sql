-- One row per template of opening hours. Grain: schedule_template_id.

with

source as (

    select * from {{ source('raw_snapcall', 'schedule_templates') }}

),

renamed as (

    select
        id as schedule_template_id,
        {{ clean('name') }} as schedule_template_name,
        schedule,
        _dlt_load_id as load_id

    from source

)

select * from renamed
