-- One row per person whom a project's feedback can be assigned to. Grain: project_id, assignee_id.

with

assignees as (

    select * from {{ ref('stg_usersnap__assignees') }}

),

projects as (

    select * from {{ ref('stg_usersnap__projects') }}

),

final as (

    select
        assignees.project_id,
        assignees.assignee_id,
        projects.project_name,
        assignees.first_name,
        assignees.last_name,
        assignees.picture_url

    from assignees
    left join projects
        on assignees.project_id = projects.project_id

)

select * from final
