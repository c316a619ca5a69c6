-- One row per Usersnap project. Grain: project_id.

with

source as (

    select * from {{ source('raw_usersnap', 'projects') }}

),

renamed as (

    select
        project_id,
        {{ clean('name') }} as project_name,
        {{ clean('space_id') }} as space_id,
        {{ clean('owner_id') }} as owner_id,
        {{ clean('default_assignee_id') }} as default_assignee_id,
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
