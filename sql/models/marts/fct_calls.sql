-- One row per call from a page of the site. Grain: call_id.
-- Small enough to be made anew each time, which also takes up what changed at a call's button.

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

call_status as (

    select * from {{ source('reference', 'call_status') }}

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
        -- a call has no company of its own: it needs matching
        cast(null as varchar) as company_key,
        cast(null as varchar) as session_id,
        {{ url_host('with_region.page_url') }} as site,
        with_region.started_at,
        with_region.ended_at,
        with_region.duration_seconds,
        with_region.call_status as status,
        call_status.is_answered,
        with_region.rating,
        with_region.button_id,
        with_region.agent_email,
        phone_numbers.e164 as caller_phone,
        coalesce({{ email_in_json('with_region.external_context') }}, {{ email('with_region.client') }})
            as caller_email,
        with_region.page_url

    from with_region
    left join phone_numbers
        on
            with_region.caller_number_text = phone_numbers.number_text
            and with_region.region = phone_numbers.region
    left join call_status
        on lower(with_region.call_status) = call_status.status

)

select * from final
