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
        {{ clean('email') }} as email_text,
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

),

unescaped as (

    select * from {{ source('reference', 'unescaped') }}

),

final as (

    select
        renamed.lead_row,
        renamed.lead_id,
        coalesce(first_names.plain_text, renamed.first_name) as first_name,
        coalesce(last_names.plain_text, renamed.last_name) as last_name,
        addresses.email,
        renamed.email_text,
        renamed.phone_text,
        coalesce(companies.plain_text, renamed.company_text) as company_text,
        renamed.website,
        coalesce(cities.plain_text, renamed.city) as city,
        renamed.lead_status,
        renamed.known_from,
        renamed.tags,
        renamed.created_at,
        renamed.known_at,
        renamed.load_id

    from renamed
    left join {{ source('reference', 'addresses') }} as addresses
        on renamed.email_text = addresses.address_text
    left join unescaped as first_names
        on renamed.first_name = first_names.escaped_text
    left join unescaped as last_names
        on renamed.last_name = last_names.escaped_text
    left join unescaped as companies
        on renamed.company_text = companies.escaped_text
    left join unescaped as cities
        on renamed.city = cities.escaped_text

)

select * from final
