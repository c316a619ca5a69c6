-- How many days pass from a company's first visit to its first call, and to its first lead?
-- One row per step and size of company, and one per step over all sizes. Grain: step, size_band.
-- How to read it: of `companies` that visited, `reached` went on to the step after their first visit, and for half of
-- those it took `median_days` or less; a quarter took `quartile_1_days` or less, a quarter `quartile_3_days` or more.
-- Days are whole days elapsed. A company that called or asked before its first visit is known has not reached the step.
-- Settings: none. For another cut, take another column of marts.dim_companies in place of `size_band`.

with

companies as (

    select
        figures.company_key,
        figures.days_first_visit_to_first_call,
        figures.days_first_visit_to_first_lead,
        coalesce(companies.size_band, 'unknown') as size_band

    from marts.company_360 as figures
    inner join marts.dim_companies as companies
        on figures.company_key = companies.company_key
    where figures.visit_count > 0

),

-- every company stands in its own band and in all of them
banded as (

    select
        company_key,
        days_first_visit_to_first_call,
        days_first_visit_to_first_lead,
        size_band

    from companies
    union all
    select
        company_key,
        days_first_visit_to_first_call,
        days_first_visit_to_first_lead,
        'all' as size_band

    from companies

),

steps as (

    select
        'first call' as step,
        size_band,
        days_first_visit_to_first_call as days

    from banded
    union all
    select
        'first lead' as step,
        size_band,
        days_first_visit_to_first_lead as days

    from banded

)

select
    step,
    size_band,
    count(*) as companies,
    count(days) as reached,
    round(count(days) * 1.0 / count(*), 3) as reached_share,
    percentile_cont(0.25) within group (order by days) as quartile_1_days,
    percentile_cont(0.5) within group (order by days) as median_days,
    percentile_cont(0.75) within group (order by days) as quartile_3_days

from steps
group by step, size_band
-- smaller companies first: by the digits of the band's lower end
order by
    step,
    case size_band when 'all' then 0 when 'unknown' then 2 else 1 end,
    length(split_part(size_band, '-', 1)),
    size_band
