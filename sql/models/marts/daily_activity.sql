-- One row per day of the report's time zone, from the first to the last activity, without holes. Grain: day.
-- Our own people's visits and calls are not counted.

with

internal_companies as (

    select company_key from {{ ref('dim_companies') }}
    where is_internal

),

visits as (

    select
        {{ report_day('sessions.started_at') }} as day,
        sessions.company_key

    from {{ ref('fct_sessions') }} as sessions
    left join internal_companies
        on sessions.company_key = internal_companies.company_key
    where
        sessions.is_primary
        and sessions.started_at is not null
        and internal_companies.company_key is null

),

calls as (

    select
        {{ report_day('calls.started_at') }} as day,
        calls.is_answered

    from {{ ref('fct_calls') }} as calls
    left join internal_companies
        on calls.company_key = internal_companies.company_key
    where
        calls.started_at is not null
        and internal_companies.company_key is null

),

covered_days as (

    select * from {{ ref('int_covered_days') }}

),

visits_by_day as (

    select
        day,
        count(*) as visits,
        count(distinct company_key) as visiting_companies

    from visits
    group by day

),

calls_by_day as (

    select
        day,
        count(*) as calls,
        count(case when is_answered then 1 end) as answered_calls

    from calls
    group by day

),

active_days as (

    select day from visits_by_day
    union
    select day from calls_by_day

),

every_day as (

    select cast(unnest({{ day_list('min(day)', 'max(day)') }}) as date) as day
    from active_days

),

final as (

    select
        every_day.day,
        coalesce(visits_by_day.visits, 0) as visits,
        coalesce(visits_by_day.visiting_companies, 0) as visiting_companies,
        coalesce(calls_by_day.calls, 0) as calls,
        coalesce(calls_by_day.answered_calls, 0) as answered_calls,
        -- feedback and leads come with their vendors
        cast(0 as bigint) as feedback,
        cast(0 as bigint) as leads,
        covered_days.day is not null as is_complete

    from every_day
    left join visits_by_day
        on every_day.day = visits_by_day.day
    left join calls_by_day
        on every_day.day = calls_by_day.day
    left join covered_days
        on every_day.day = covered_days.day

)

select * from final
