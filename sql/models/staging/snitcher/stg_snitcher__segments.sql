-- One row per segment of a Snitcher workspace. Grain: workspace_id, segment_id.

with

source as (

    select * from {{ source('raw_snitcher', 'segments') }}

),

renamed as (

    select
        workspace_uuid as workspace_id,
        uuid as segment_id,
        {{ clean('name') }} as segment_name,
        _dlt_load_id as load_id

    from source

)

select * from renamed
