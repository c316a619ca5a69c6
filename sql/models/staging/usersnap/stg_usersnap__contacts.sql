-- One row per feedback, as what is known of somebody who got in touch. Grain: vendor, entity_type, entity_id.

select
    'usersnap' as vendor,
    'feedback' as entity_type,
    feedback_id as entity_id,
    created_at as occurred_at,
    email,
    cast(null as varchar) as phone,
    cast(null as varchar) as website,
    cast(null as varchar) as company_text,
    page_url,
    city,
    browser,
    is_demo,
    'feedback ' || coalesce(left(comment_text, 200), 'without words') as summary,
    load_id

from {{ ref('stg_usersnap__feedbacks') }}
