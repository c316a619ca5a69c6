-- One row per person whom a project's feedback can be assigned to. Grain: project_id, assignee_id.

with

source as (

    select * from {{ source('raw_usersnap', 'assignees') }}

),

renamed as (

    select
        project_id,
        user_id as assignee_id,
        {{ clean('first_name') }} as first_name,
        {{ clean('last_name') }} as last_name,
        {{ clean('gravatar_url') }} as picture_url,
        _dlt_load_id as load_id

    from source

)

select * from renamed
