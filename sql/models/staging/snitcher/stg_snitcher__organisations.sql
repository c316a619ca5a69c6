-- One row per company that Snitcher identified in a workspace, as last reported. Grain: workspace_id,
-- organisation_id.

with

source as (

    select * from {{ source('raw_snitcher', 'organisations') }}

),

phone_numbers as (

    select * from {{ source('reference', 'phone_numbers') }}

),

renamed as (

    select
        -- keys
        workspace_uuid as workspace_id,
        uuid as organisation_id,

        -- facts
        {{ clean('name') }} as organisation_name,
        {{ clean('website') }} as website,
        {{ clean('industry') }} as industry,
        -- the vendor writes both `51-200` and `51-200 employees`
        nullif(replace(replace(trim(replace(lower({{ clean('size') }}), 'employees', '')), ' ', ''), ',', ''), '')
            as size_band,
        {{ country_code('address_country') }} as country_code,
        {{ clean('address_city') }} as city,
        {{ clean('phone') }} as phone_text,
        {{ email('email') }} as organisation_email,
        {{ json_texts('tags') }} as tags,
        {{ json_texts('segments', 'name') }} as segments,

        -- times
        first_seen as first_seen_at,
        last_seen as last_seen_at,
        _dlt_load_id as load_id

    from source

),

with_phone as (

    select
        renamed.*,
        phone_numbers.e164 as phone

    from renamed
    left join phone_numbers
        on
            renamed.phone_text = phone_numbers.number_text
            and coalesce(renamed.country_code, 'ZZ') = phone_numbers.region

)

select * from with_phone
