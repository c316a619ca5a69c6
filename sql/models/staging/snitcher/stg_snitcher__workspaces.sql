-- One row per Snitcher workspace, which is one tracked website. Grain: workspace_id.

with

source as (

    select * from {{ source('raw_snitcher', 'workspaces') }}

),

renamed as (

    select
        uuid as workspace_id,
        {{ clean('name') }} as workspace_name,
        {{ clean('url') }} as site_url,
        {{ url_host('url') }} as site,
        {{ clean('status') }} as workspace_status,
        _dlt_load_id as load_id

    from source

)

select * from renamed
