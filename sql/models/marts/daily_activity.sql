-- One row per day of the report's time zone, from the first to the last activity, without holes. Grain: day.
-- Our own people's contacts and demo feedback are not counted.

with

internal_companies as (

    select company_key from {{ ref('dim_companies') }}
    where is_internal

),

contacts as (

    select
        'visit' as kind,
        company_key,
        started_at as occurred_at,
        cast(null as boolean) as is_answered

    from {{ ref('fct_sessions') }}
    where is_primary
    union all
    select
        'call' as kind,
        company_key,
        started_at as occurred_at,
        is_answered

    from {{ ref('fct_calls') }}
    union all
    select
        'feedback' as kind,
        company_key,
        created_at as occurred_at,
        cast(null as boolean) as is_answered

    from {{ ref('fct_feedback') }}
    where not is_demo
    union all
    select
        'lead' as kind,
        company_key,
        created_at as occurred_at,
        cast(null as boolean) as is_answered

    from {{ ref('fct_leads') }}
    where not is_internal

),

dated as (

    select
        {{ report_day('contacts.occurred_at') }} as day,
        contacts.kind,
        contacts.company_key,
        contacts.is_answered

    from contacts
    left join internal_companies
        on contacts.company_key = internal_companies.company_key
    where
        contacts.occurred_at is not null
        and internal_companies.company_key is null

),

covered_days as (

    select * from {{ ref('int_covered_days') }}

),

active_days as (

    select
        day,
        count(case when kind = 'visit' then 1 end) as visits,
        count(distinct case when kind = 'visit' then company_key end) as visiting_companies,
        count(case when kind = 'call' then 1 end) as calls,
        count(case when kind = 'call' and is_answered then 1 end) as answered_calls,
        count(case when kind = 'feedback' then 1 end) as feedback,
        count(case when kind = 'lead' then 1 end) as leads

    from dated
    group by day

),

every_day as (

    select cast(unnest({{ day_list('min(day)', 'max(day)') }}) as date) as day
    from active_days

),

final as (

    select
        every_day.day,
        coalesce(active_days.visits, 0) as visits,
        coalesce(active_days.visiting_companies, 0) as visiting_companies,
        coalesce(active_days.calls, 0) as calls,
        coalesce(active_days.answered_calls, 0) as answered_calls,
        coalesce(active_days.feedback, 0) as feedback,
        coalesce(active_days.leads, 0) as leads,
        covered_days.day is not null as is_complete

    from every_day
    left join active_days
        on every_day.day = active_days.day
    left join covered_days
        on every_day.day = covered_days.day

)

select * from final
