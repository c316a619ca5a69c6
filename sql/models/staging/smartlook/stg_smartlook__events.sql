-- One row per event that somebody defined in Smartlook. Grain: project_id, event_definition_id.

with

source as (

    select * from {{ source('raw_smartlook', 'events') }}

),

renamed as (

    select
        project_id,
        id as event_definition_id,
        {{ clean('name') }} as event_definition_name,
        {{ clean('category_id') }} as category_id,
        {{ clean('category_name') }} as category_name,
        _dlt_load_id as load_id

    from source

)

select * from renamed
