-- One row per call or feedback, with what visits are compared by. Grain: vendor, entity_type, entity_id. `record_key`
-- is one beside the session_key of visits.

with

contacts as (

    select
        'snapcall' as vendor,
        'call' as entity_type,
        call_id as entity_id,
        started_at as occurred_at,
        page_url,
        city,
        browser,
        load_id

    from {{ ref('stg_snapcall__calls') }}
    union all
    select
        'usersnap' as vendor,
        'feedback' as entity_type,
        feedback_id as entity_id,
        created_at as occurred_at,
        -- what somebody made for show was in no visit
        case when not is_demo then page_url end as page_url,
        city,
        browser,
        load_id

    from {{ ref('stg_usersnap__feedbacks') }}

)

select
    vendor || ':' || entity_id as record_key,
    vendor,
    entity_type,
    entity_id,
    occurred_at,
    {{ time_slot('occurred_at', 3600) }} as hour,
    {{ page_of('page_url') }} as page,
    {{ folded('city') }} as city_word,
    {{ browser_family('browser') }} as browser_family,
    load_id

from contacts
