-- One row per key that stood for a company before and no longer does. Grain: old_key.

with

former_keys as (

    select * from {{ ref('int_former_keys') }}

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

companies as (

    select * from {{ ref('dim_companies') }}

),

stated_anchors as (

    select distinct anchor
    from {{ ref('int_anchor_edges') }}
    where is_stated

),

known as (

    select
        old_key,
        company_key,
        1 as place,
        reason

    from former_keys
    union all
    select
        anchor_key as old_key,
        company_key,
        2 as place,
        'one phone number, which no other company has' as reason

    from company_anchors
    where joined_by_phone is not null and anchor != company_anchor
    union all
    select
        company_anchors.anchor_key as old_key,
        company_anchors.company_key,
        3 as place,
        'the operator''s list says so' as reason

    from company_anchors
    inner join stated_anchors
        on company_anchors.anchor = stated_anchors.anchor
    where company_anchors.anchor != company_anchors.company_anchor

),

ranked as (

    select
        *,
        row_number() over (partition by old_key order by place, company_key) as reason_place

    from known

),

final as (

    select
        ranked.old_key,
        ranked.company_key,
        ranked.reason

    from ranked
    inner join companies
        on ranked.company_key = companies.company_key
    where ranked.reason_place = 1

)

select * from final
