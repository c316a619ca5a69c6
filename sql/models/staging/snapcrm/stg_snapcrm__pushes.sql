-- One row per attempt to create a lead in SnapCRM. Grain: push_id.

with

source as (

    select * from {{ source('raw_snapcrm', 'pushes') }}

),

renamed as (

    select
        -- keys
        push_id,
        lead_key,
        {{ clean(json_member('response', 'id')) }} as lead_id,

        -- what was sent
        {{ clean(json_member('payload', 'firstName')) }} as first_name,
        {{ clean(json_member('payload', 'lastName')) }} as last_name,
        {{ clean(json_member('payload', 'email')) }} as email_text,
        {{ clean(json_member('payload', 'phone')) }} as phone_text,
        {{ clean(json_member('payload', 'company')) }} as company_text,
        {{ clean(json_member('payload', 'website')) }} as website,
        {{ clean(json_member('payload', 'city')) }} as city,
        payload_hash,

        -- what came of it
        {{ clean('state') }} as push_state,
        http_status,
        {{ clean(json_member('response', 'status')) }} as lead_status,

        -- times
        started_at,
        ended_at,
        _dlt_load_id as load_id

    from source

),

final as (

    select
        renamed.*,
        addresses.email

    from renamed
    left join {{ source('reference', 'addresses') }} as addresses
        on renamed.email_text = addresses.address_text

)

select * from final
