-- One row per SnapCall call, as last reported. Grain: call_id.

with

source as (

    select * from {{ source('raw_snapcall', 'calls') }}

),

renamed as (

    select
        -- keys
        cast(id as varchar) as call_id,
        coalesce({{ clean('bid') }}, {{ clean('button_bid') }}) as button_id,

        -- facts
        lower({{ clean('agent') }}) as agent_email,
        {{ clean('client') }} as client,
        cast(ani as varchar) as caller_number_text,
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

)

select * from renamed
