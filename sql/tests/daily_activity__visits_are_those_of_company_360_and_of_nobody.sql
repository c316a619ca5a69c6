-- Fails when the days do not add up to the visits of companies and of nobody known. Guards both against counting a
-- visit that two vendors saw twice, and against counting our own people.

with

days as (

    select coalesce(sum(visits), 0) as visit_count
    from {{ ref('daily_activity') }}

),

companies as (

    select * from {{ ref('company_360') }}

),

counted as (

    select coalesce(sum(visit_count), 0) as visit_count
    from companies

),

-- a visit of nobody known is in no company, and one without a time is on no day
others as (

    select
        count(case when sessions.company_key is null and sessions.started_at is not null then 1 end) as unknown_count,
        count(case when companies.company_key is not null and sessions.started_at is null then 1 end) as undated_count

    from {{ ref('fct_sessions') }} as sessions
    left join companies
        on sessions.company_key = companies.company_key
    where sessions.is_primary

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
