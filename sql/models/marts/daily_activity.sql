-- One row per day of the report's time zone, from the first to the last that loads of sessions, calls or feedback
-- reach into, without holes. Grain: day. Our own people's contacts, demo feedback and feedback that the vendor no
-- longer has are not counted; nor is what bears a time outside the history, such as an imported lead of years ago.
-- Without any such load (nothing but imported leads) the days go from the first to the last activity.

with

covered_days as (

    select * from {{ ref('int_covered_days') }}

),

internal_companies as (

    select company_key from {{ ref('dim_companies') }}
    where is_internal

),

-- visits are many: one row per company and day
contacts as (

    select
        'visit' as kind,
        company_key,
        day,
        count(*) as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_sessions') }}
    where is_primary
    group by company_key, day
    union all
    select
        'call' as kind,
        company_key,
        day,
        1 as contact_count,
        case when is_answered then 1 end as answered_count

    from {{ ref('fct_calls') }}
    union all
    select
        'feedback' as kind,
        company_key,
        day,
        1 as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_feedback') }}
    where not is_demo and missing_since is null
    union all
    select
        'lead' as kind,
        company_key,
        day,
        1 as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_leads') }}
    where not is_internal

),

active_days as (

    select
        contacts.day,
        sum(case when contacts.kind = 'visit' then contacts.contact_count end) as visits,
        count(case when contacts.kind = 'visit' then contacts.company_key end) as visiting_companies,
        sum(case when contacts.kind = 'call' then contacts.contact_count end) as calls,
        sum(contacts.answered_count) as answered_calls,
        sum(case when contacts.kind = 'feedback' then contacts.contact_count end) as feedback,
        sum(case when contacts.kind = 'lead' then contacts.contact_count end) as leads

    from contacts
    left join internal_companies
        on contacts.company_key = internal_companies.company_key
    where contacts.day is not null and internal_companies.company_key is null
    group by contacts.day

),

history as (

    select
        coalesce(covered.first_day, min(active_days.day)) as first_day,
        coalesce(covered.last_day, max(active_days.day)) as last_day,
        coalesce(covered.has_visits, false) or exists (select 1 from {{ ref('int_visits') }}) as has_visits

    from (
        select
            min(day) as first_day,
            max(day) as last_day,
            bool_or(has_visits) as has_visits
        from covered_days
    ) as covered
    left join active_days
        on true
    group by covered.first_day, covered.last_day, covered.has_visits

),

every_day as (

    select
        cast(unnest({{ day_list('first_day', 'last_day') }}) as date) as day,
        has_visits

    from history

),

final as (

    select
        every_day.day,
        case when every_day.has_visits then cast(coalesce(active_days.visits, 0) as integer) end as visits,
        case
            when every_day.has_visits then cast(coalesce(active_days.visiting_companies, 0) as integer)
        end as visiting_companies,
        cast(coalesce(active_days.calls, 0) as integer) as calls,
        cast(coalesce(active_days.answered_calls, 0) as integer) as answered_calls,
        cast(coalesce(active_days.feedback, 0) as integer) as feedback,
        cast(coalesce(active_days.leads, 0) as integer) as leads,
        case when every_day.has_visits then coalesce(covered_days.is_covered, false) end as is_complete

    from every_day
    left join active_days
        on every_day.day = active_days.day
    left join covered_days
        on every_day.day = covered_days.day

)

select * from final
