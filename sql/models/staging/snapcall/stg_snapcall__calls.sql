-- One row per SnapCall call, as last reported, while SnapCall has it, with its caller's number as E.164 and address.
-- Grain: call_id.

with

source as (

    select * from {{ source('raw_snapcall', 'calls') }}
    -- what the vendor no longer has is kept in raw, and counts nowhere
    where missing_since is null

),

renamed as (

    select
        -- keys
        cast(id as varchar) as call_id,
        coalesce({{ clean('bid') }}, {{ clean('button_bid') }}) as button_id,

        -- facts
        lower({{ clean('agent') }}) as agent_email,
        {{ clean('client') }} as client,
        {{ clean('cast(ani as varchar)') }} as caller_number_text,
        {{ clean('status') }} as call_status,
        rate as rating,
        duration as duration_seconds,
        {{ clean('context_default_city') }} as city,
        {{ clean('context_default_browser') }} as browser,
        coalesce({{ clean('context_default_url') }}, {{ clean('referer') }}) as page_url,
        cast(context_external as varchar) as external_context,

        -- times
        call_start as started_at,
        call_end as ended_at,
        _dlt_load_id as load_id

    from source

),

final as (

    select
        renamed.*,
        phone_numbers.e164 as caller_phone,
        -- a service's number tells no company
        case when phone_numbers.is_personal then phone_numbers.e164 end as personal_phone,
        coalesce(contexts.email, clients.email) as caller_email

    from renamed
    left join {{ source('raw_snapcall', 'buttons') }} as buttons
        on renamed.button_id = {{ clean('buttons.bid') }}
    left join {{ source('reference', 'time_zones') }} as time_zones
        on {{ clean('buttons.timezone') }} = time_zones.time_zone
    left join {{ source('reference', 'phone_numbers') }} as phone_numbers
        on
            renamed.caller_number_text = phone_numbers.number_text
            and coalesce(time_zones.region, 'ZZ') = phone_numbers.region
    left join {{ source('reference', 'addresses') }} as contexts
        on renamed.external_context = contexts.address_text
    left join {{ source('reference', 'addresses') }} as clients
        on renamed.client = clients.address_text

)

select * from final
