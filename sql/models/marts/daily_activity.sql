-- One row per day of the report's time zone, from the first to the last activity, without holes. Grain: day.
-- Our own people's contacts and demo feedback are not counted.

with

internal_companies as (

    select company_key from {{ ref('dim_companies') }}
    where is_internal

),

-- visits are many: one row per company and day
contacts as (

    select
        'visit' as kind,
        company_key,
        {{ report_day('started_at') }} as day,
        count(*) as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_sessions') }}
    where is_primary
    group by company_key, {{ report_day('started_at') }}
    union all
    select
        'call' as kind,
        company_key,
        {{ report_day('started_at') }} as day,
        1 as contact_count,
        case when is_answered then 1 end as answered_count

    from {{ ref('fct_calls') }}
    union all
    select
        'feedback' as kind,
        company_key,
        {{ report_day('created_at') }} as day,
        1 as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_feedback') }}
    where not is_demo
    union all
    select
        'lead' as kind,
        company_key,
        {{ report_day('created_at') }} as day,
        1 as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_leads') }}
    where not is_internal

),

counted as (

    select contacts.*
    from contacts
    left join internal_companies
        on contacts.company_key = internal_companies.company_key
    where
        contacts.day is not null
        and internal_companies.company_key is null

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

    from counted
    group by day

),

every_day as (

    select cast(unnest({{ day_list('min(day)', 'max(day)') }}) as date) as day
    from active_days

),

final as (

    select
        every_day.day,
        cast(coalesce(active_days.visits, 0) as bigint) as visits,
        coalesce(active_days.visiting_companies, 0) as visiting_companies,
        cast(coalesce(active_days.calls, 0) as bigint) as calls,
        cast(coalesce(active_days.answered_calls, 0) as bigint) as answered_calls,
        cast(coalesce(active_days.feedback, 0) as bigint) as feedback,
        cast(coalesce(active_days.leads, 0) as bigint) as leads,
        covered_days.day is not null as is_complete

    from every_day
    left join active_days
        on every_day.day = active_days.day
    left join covered_days
        on every_day.day = covered_days.day

)

select * from final
