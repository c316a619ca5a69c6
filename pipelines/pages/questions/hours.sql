-- Calls by the hour of the day in which they began, our own people's aside. Grain: hour.
select
    extract(hour from timezone($zone, started_at)) as hour,
    count(*) as calls,
    count(case when is_answered then 1 end) as answered,
    count(case when not is_answered then 1 end) as not_answered

from marts.fct_calls as calls
left join marts.dim_companies as companies
    on calls.company_key = companies.company_key
where calls.started_at is not null and not coalesce(companies.is_internal, false)
group by hour
order by hour
