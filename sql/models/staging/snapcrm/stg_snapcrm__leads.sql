-- One row per lead that is known to exist in SnapCRM: created by us, or imported. Grain: lead_row.

with

source as (

    select * from {{ source('raw_snapcrm', 'leads') }}

),

renamed as (

    select
        -- keys
        lead_row,
        {{ clean('id') }} as lead_id,

        -- facts
        {{ clean('first_name') }} as first_name,
        {{ clean('last_name') }} as last_name,
        {{ email('email') }} as email,
        {{ clean('phone') }} as phone_text,
        {{ clean('company') }} as company_text,
        {{ clean('website') }} as website,
        {{ clean('city') }} as city,
        {{ clean('status') }} as lead_status,
        {{ clean('known_from') }} as known_from,
        tags,

        -- times
        created_at,
        known_at,
        _dlt_load_id as load_id

    from source

)

select * from renamed
