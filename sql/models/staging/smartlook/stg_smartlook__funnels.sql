-- One row per Smartlook funnel, as computed for the dates of its last reading. Grain: project_id, funnel_id.

with

source as (

    select * from {{ source('raw_smartlook', 'funnels') }}

),

renamed as (

    select
        project_id,
        id as funnel_id,
        {{ clean('name') }} as funnel_name,
        conversion_rate,
        events,
        steps,
        date_from as window_start_at,
        date_to as window_end_at,
        created_at,
        updated_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
