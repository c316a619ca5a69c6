-- One row per company that Snitcher identified in a workspace, as last reported. Grain: workspace_id,
-- organisation_id.

with

source as (

    select
        *,
        row_number() over (
            partition by workspace_uuid, {{ organisation_id('uuid') }}
            order by _dlt_load_id desc, uuid asc
        ) as spelling
    from {{ source('raw_snitcher', 'organisations') }}

),

phone_numbers as (

    select * from {{ source('reference', 'phone_numbers') }}

),

unescaped as (

    select * from {{ source('reference', 'unescaped') }}

),

renamed as (

    select
        -- keys
        workspace_uuid as workspace_id,
        {{ organisation_id('uuid') }} as organisation_id,

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
        {{ clean('email') }} as email_text,
        {{ json_texts('tags') }} as tags,
        {{ json_texts('segments', 'name') }} as segments,

        -- times
        first_seen as first_seen_at,
        last_seen as last_seen_at,
        _dlt_load_id as load_id

    from source
    where spelling = 1

),

with_phone as (

    select
        renamed.workspace_id,
        renamed.organisation_id,
        coalesce(names.plain_text, renamed.organisation_name) as organisation_name,
        renamed.website,
        coalesce(industries.plain_text, renamed.industry) as industry,
        renamed.size_band,
        renamed.country_code,
        coalesce(cities.plain_text, renamed.city) as city,
        renamed.phone_text,
        addresses.email as organisation_email,
        renamed.tags,
        renamed.segments,
        renamed.first_seen_at,
        renamed.last_seen_at,
        renamed.load_id,
        phone_numbers.e164 as phone

    from renamed
    left join phone_numbers
        on
            renamed.phone_text = phone_numbers.number_text
            and coalesce(renamed.country_code, 'ZZ') = phone_numbers.region
    left join {{ source('reference', 'addresses') }} as addresses
        on renamed.email_text = addresses.address_text
    left join unescaped as names
        on renamed.organisation_name = names.escaped_text
    left join unescaped as industries
        on renamed.industry = industries.escaped_text
    left join unescaped as cities
        on renamed.city = cities.escaped_text

)

select * from with_phone
