-- One row per telephone number that our call buttons ring or show. Grain: phone.

{{ config(materialized='view') }}

with

buttons as (

    select
        destination_number as number_text,
        time_zone
    from {{ ref('stg_snapcall__buttons') }}
    union all
    select
        shown_number as number_text,
        time_zone
    from {{ ref('stg_snapcall__buttons') }}

)

select distinct phone_numbers.e164 as phone

from buttons
left join {{ source('reference', 'time_zones') }} as time_zones
    on buttons.time_zone = time_zones.time_zone
inner join {{ source('reference', 'phone_numbers') }} as phone_numbers
    on
        buttons.number_text = phone_numbers.number_text
        and coalesce(time_zones.region, 'ZZ') = phone_numbers.region
where phone_numbers.e164 is not null
