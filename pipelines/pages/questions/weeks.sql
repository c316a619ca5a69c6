-- What happened in each week (from Monday), and whether all seven days of it are complete. Grain: period.
select
    cast(date_trunc('week', day) as date) as period,
    count(case when is_complete then 1 end) = 7 as is_complete,
    coalesce(sum(visits), 0) as visits,
    sum(calls) as calls,
    sum(answered_calls) as answered_calls,
    sum(feedback) as feedback,
    sum(leads) as leads

from marts.daily_activity
group by period
order by period
