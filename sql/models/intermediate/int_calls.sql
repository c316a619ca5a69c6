-- One row per call, with its caller's number as E.164 and address. Grain: call_id.

with

calls as (

    select * from {{ ref('stg_snapcall__calls') }}

),

buttons as (

    select * from {{ ref('stg_snapcall__buttons') }}

),

time_zones as (

    select * from {{ source('reference', 'time_zones') }}

),

phone_numbers as (

    select * from {{ source('reference', 'phone_numbers') }}

),

with_region as (

    select
        calls.*,
        coalesce(time_zones.region, 'ZZ') as region

    from calls
    left join buttons
        on calls.button_id = buttons.button_id
    left join time_zones
        on buttons.time_zone = time_zones.time_zone

),

final as (

    select
        with_region.call_id,
        with_region.button_id,
        with_region.agent_email,
        with_region.call_status,
        with_region.rating,
        with_region.duration_seconds,
        with_region.city,
        with_region.browser,
        with_region.page_url,
        with_region.started_at,
        with_region.ended_at,
        phone_numbers.e164 as caller_phone,
        -- a service's number, or our own, tells no company
        case when phone_numbers.is_personal and own_numbers.phone is null then phone_numbers.e164 end as evidence_phone,
        coalesce(contexts.email, clients.email) as caller_email

    from with_region
    left join phone_numbers
        on
            with_region.caller_number_text = phone_numbers.number_text
            and with_region.region = phone_numbers.region
    left join {{ ref('int_own_numbers') }} as own_numbers
        on phone_numbers.e164 = own_numbers.phone
    left join {{ source('reference', 'addresses') }} as contexts
        on with_region.external_context = contexts.address_text
    left join {{ source('reference', 'addresses') }} as clients
        on with_region.client = clients.address_text

)

select * from final
