-- One row per Usersnap project. Grain: project_id.

with

source as (

    select * from {{ source('raw_usersnap', 'projects') }}

),

renamed as (

    select
        project_id,
        {{ clean('name') }} as project_name,
        is_live,
        feedback_count,
        open_feedback_count,
        created_at,
        updated_at,
        archived_at,
        missing_since as missing_since_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
