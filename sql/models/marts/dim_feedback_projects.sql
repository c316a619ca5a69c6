-- One row per Usersnap project, those that the vendor no longer has included. Grain: project_id.

with

projects as (

    select * from {{ ref('stg_usersnap__projects') }}

),

final as (

    select
        project_id,
        project_name,
        is_live,
        feedback_count,
        open_feedback_count,
        space_id,
        owner_id,
        default_assignee_id,
        created_at,
        updated_at,
        archived_at,
        missing_since_at as missing_since

    from projects

)

select * from final
