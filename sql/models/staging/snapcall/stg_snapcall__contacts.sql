-- One row per SnapCall call, as what is known of somebody who got in touch. Grain: vendor, entity_type, entity_id.

select
    'snapcall' as vendor,
    'call' as entity_type,
    call_id as entity_id,
    started_at as occurred_at,
    caller_email as email,
    personal_phone as phone,
    cast(null as varchar) as website,
    cast(null as varchar) as company_text,
    page_url,
    city,
    browser,
    false as is_demo,
    'call ' || coalesce(call_status, 'of unknown outcome') as summary,
    load_id

from {{ ref('stg_snapcall__calls') }}
