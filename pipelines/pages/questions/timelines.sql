-- The latest contacts of accounts, each with why it is linked. Grain: touchpoint_key.
with

touches as (

    select
        *,
        row_number() over (partition by company_key order by occurred_at desc, touchpoint_key) as place

    from marts.fct_touchpoints
    where company_key in (select unnest($keys))

),

-- a form is linked as the visit in which it was sent
linked as (

    select
        *,
        case when touch_type in ('session', 'form_submit') then 'session' else touch_type end as entity_type,
        case when touch_type = 'form_submit' then session_id else entity_id end as linked_id

    from touches
    where place <= $shown

)

select
    linked.company_key,
    timezone($zone, linked.occurred_at) as occurred,
    linked.touch_type,
    linked.vendor,
    linked.entity_id,
    linked.channel,
    linked.utm_campaign,
    linked.page_url,
    linked.summary,
    links.rule,
    links.confidence,
    links.evidence,
    links.evidence_against

from linked
left join marts.company_links as links
    on
        linked.vendor = links.vendor
        and linked.entity_type = links.entity_type
        and linked.linked_id = links.entity_id
order by linked.company_key, linked.occurred_at desc, linked.touchpoint_key
