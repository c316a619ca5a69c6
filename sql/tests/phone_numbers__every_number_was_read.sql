-- Fails with numbers that the reference table lacks, which then look invalid. Guards the pairs that Python collects:
-- it has to trim numbers and read countries exactly as staging does.

with

phone_numbers as (

    select * from {{ source('reference', 'phone_numbers') }}

),

organisation_numbers as (

    select distinct
        phone_text as number_text,
        coalesce(country_code, 'ZZ') as region

    from {{ ref('stg_snitcher__organisations') }}
    where phone_text is not null

),

caller_numbers as (

    select distinct
        calls.caller_number_text as number_text,
        coalesce(time_zones.region, 'ZZ') as region

    from {{ ref('stg_snapcall__calls') }} as calls
    left join {{ ref('stg_snapcall__buttons') }} as buttons
        on calls.button_id = buttons.button_id
    left join {{ source('reference', 'time_zones') }} as time_zones
        on buttons.time_zone = time_zones.time_zone
    where calls.caller_number_text is not null

),

form_numbers as (

    select distinct
        phone_text as number_text,
        region

    from {{ ref('int_form_submissions') }}
    where phone_text is not null

),

crm_numbers as (

    select
        phone_text as number_text,
        'ZZ' as region

    from {{ ref('stg_snapcrm__leads') }}
    where phone_text is not null
    union
    select
        phone_text as number_text,
        'ZZ' as region

    from {{ ref('stg_snapcrm__pushes') }}
    where phone_text is not null

),

numbers as (

    select
        number_text,
        region
    from organisation_numbers
    union
    select
        number_text,
        region
    from caller_numbers
    union
    select
        number_text,
        region
    from form_numbers
    union
    select
        number_text,
        region
    from crm_numbers

)

select
    numbers.number_text,
    numbers.region

from numbers
left join phone_numbers
    on
        numbers.number_text = phone_numbers.number_text
        and numbers.region = phone_numbers.region
where phone_numbers.number_text is null
