-- One row per Smartlook visitor. Grain: project_id, visitor_id.

with

source as (

    select * from {{ source('raw_smartlook', 'visitors') }}

),

renamed as (

    select
        project_id,
        id as visitor_id,
        {{ clean('identification_uid') }} as identified_as,
        identification_properties,
        number_of_sessions as session_count,
        first_seen as first_seen_at,
        last_seen as last_seen_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
