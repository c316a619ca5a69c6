-- The months of the history, and whether every day of each is complete. Grain: period.
select
    cast(date_trunc('month', day) as date) as period,
    count(case when is_complete then 1 end) = extract(day from last_day(min(day))) as is_complete

from marts.daily_activity
group by period
order by period
