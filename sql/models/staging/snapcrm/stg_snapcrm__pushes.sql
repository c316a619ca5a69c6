-- One row per attempt to create a lead in SnapCRM. Grain: push_id.

with

source as (

    select * from {{ source('raw_snapcrm', 'pushes') }}

),

renamed as (

    select
        push_id,
        lead_key,
        payload_hash,
        {{ clean('state') }} as push_state,
        http_status,
        started_at,
        ended_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
