-- One row per segment of companies in a Snitcher workspace. Grain: segment_key.

with

segments as (

    select * from {{ ref('stg_snitcher__segments') }}

),

workspaces as (

    select * from {{ ref('stg_snitcher__workspaces') }}

),

final as (

    select
        {{ surrogate_key(["'snitcher'", "segments.workspace_id", "segments.segment_id"]) }} as segment_key,
        segments.segment_id,
        segments.segment_name,
        segments.workspace_id,
        workspaces.workspace_name,
        workspaces.site

    from segments
    left join workspaces
        on segments.workspace_id = workspaces.workspace_id

)

select * from final
