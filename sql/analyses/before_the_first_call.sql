-- What did a company do before it called?
-- One row per contact before its first call, in order of time. Grain: touchpoint_key.
-- How to read it: each visit is one row, and what was sent in it stands beside it; the last row is what came right
-- before the call. A company that never called has no rows.
-- Settings: `domain` is the company's registrable domain, as in marts.dim_companies.

with

settings as (

    select 'acme.com' as domain

),

touchpoints as (

    select touchpoints.*
    from marts.fct_touchpoints as touchpoints
    inner join marts.dim_companies as companies
        on touchpoints.company_key = companies.company_key
    inner join settings
        on companies.domain = settings.domain

),

first_calls as (

    select
        company_key,
        min(occurred_at) as first_call_at

    from touchpoints
    where touch_type = 'call'
    group by company_key

)

select
    touchpoints.occurred_at,
    touchpoints.touch_type,
    touchpoints.channel,
    touchpoints.page_url,
    touchpoints.summary

from touchpoints
inner join first_calls
    on touchpoints.company_key = first_calls.company_key
where touchpoints.occurred_at < first_calls.first_call_at
order by
    touchpoints.occurred_at,
    case touchpoints.touch_type when 'session' then 1 when 'form_submit' then 2 else 3 end,
    touchpoints.touchpoint_key
