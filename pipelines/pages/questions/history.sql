-- When the history begins and ends, and how many of its days are complete. One row.
select
    min(day) as first_day,
    max(day) as last_day,
    count(*) as days,
    count(case when is_complete then 1 end) as complete_days,
    max(case when is_complete then day end) as last_complete_day

from marts.daily_activity
