-- Fails when the days do not add up to the visits of companies and of nobody known. Guards both against counting a
-- visit that two vendors saw twice, and against counting our own people.

with

days as (

    select
        coalesce(sum(visits), 0) as visit_count,
        min(day) as first_day,
        max(day) as last_day
    from {{ ref('daily_activity') }}

),

companies as (

    select * from {{ ref('company_360') }}

),

counted as (

    select coalesce(sum(visit_count), 0) as visit_count
    from companies

),

visits as (

    select
        sessions.company_key,
        coalesce({{ report_day('sessions.started_at') }} between days.first_day and days.last_day, false) as is_dated

    from {{ ref('fct_sessions') }} as sessions
    cross join days
    where sessions.is_primary

),

-- a visit of nobody known is in no company, and one without a time in the history is on no day
others as (

    select
        count(case when visits.company_key is null and visits.is_dated then 1 end) as unknown_count,
        count(case when companies.company_key is not null and not visits.is_dated then 1 end) as undated_count

    from visits
    left join companies
        on visits.company_key = companies.company_key

)

select
    days.visit_count as visits_of_days,
    counted.visit_count as visits_of_companies,
    others.unknown_count,
    others.undated_count

from days
cross join counted
cross join others
where days.visit_count != counted.visit_count + others.unknown_count - others.undated_count
