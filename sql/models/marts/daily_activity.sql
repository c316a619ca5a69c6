-- One row per day of the report's time zone, from the first to the last that loads of sessions, calls or feedback
-- reach into, without holes. Grain: day. Our own people's contacts and demo feedback are not counted; nor is what bears
-- a time outside the history, such as an imported lead of years ago. Without any such load (nothing but imported leads)
-- the days go from the first to the last activity.

with

visits as (

    select count(*) as visit_count
    from {{ ref('int_visits') }}

),

reached as (

    select
        min({{ report_day('covered_from_at') }}) as first_day,
        -- a stretch that ends at midnight does not reach into the day that begins there
        max({{ report_day("covered_until_at - interval '1 microsecond'") }}) as last_day,
        count(case when vendor in ('snitcher', 'smartlook') then 1 end) as visit_stretches

    from {{ ref('int_covered_stretches') }}

),

history as (

    select
        reached.first_day,
        reached.last_day,
        reached.visit_stretches + visits.visit_count > 0 as has_visits

    from reached
    cross join visits

),

covered_days as (

    select * from {{ ref('int_covered_days') }}

),

active_days as (

    select
        day,
        sum(case when kind = 'visit' then contact_count end) as visits,
        count(case when kind = 'visit' then company_key end) as visiting_companies,
        sum(case when kind = 'call' then contact_count end) as calls,
        sum(answered_count) as answered_calls,
        sum(case when kind = 'feedback' then contact_count end) as feedback,
        sum(case when kind = 'lead' then contact_count end) as leads

    from {{ ref('int_daily_contacts') }}
    group by day

),

every_day as (

    select cast(unnest({{ day_list(
        "coalesce(history.first_day, min(active_days.day))", "coalesce(history.last_day, max(active_days.day))"
    ) }}) as date) as day
    from history
    left join active_days
        on true
    group by history.first_day, history.last_day

),

final as (

    select
        every_day.day,
        case when history.has_visits then cast(coalesce(active_days.visits, 0) as bigint) end as visits,
        case when history.has_visits then coalesce(active_days.visiting_companies, 0) end as visiting_companies,
        cast(coalesce(active_days.calls, 0) as bigint) as calls,
        cast(coalesce(active_days.answered_calls, 0) as bigint) as answered_calls,
        cast(coalesce(active_days.feedback, 0) as bigint) as feedback,
        cast(coalesce(active_days.leads, 0) as bigint) as leads,
        case when history.has_visits then covered_days.day is not null end as is_complete

    from every_day
    cross join history
    left join active_days
        on every_day.day = active_days.day
    left join covered_days
        on every_day.day = covered_days.day

)

select * from final
