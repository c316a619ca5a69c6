-- One row per website that an organisation was ever seen with. Grain: workspace_id, organisation_id, website.

with

source as (

    select * from {{ source('raw_snitcher', 'organisation_websites') }}

),

renamed as (

    select
        workspace_uuid as workspace_id,
        {{ organisation_id('uuid') }} as organisation_id,
        {{ clean('website') }} as website,
        min(first_loaded_at) as first_loaded_at

    from source
    group by 1, 2, 3

)

select * from renamed
