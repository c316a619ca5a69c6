-- The last days up to the last complete one, and as many before them. One row.
select
    sum(case when activity.day > newest.newest_day - $days then visits end) as visits,
    sum(case when activity.day > newest.newest_day - $days then calls end) as calls,
    sum(case when activity.day > newest.newest_day - $days then answered_calls end) as answered_calls,
    sum(case when activity.day > newest.newest_day - $days then feedback end) as feedback,
    sum(case when activity.day > newest.newest_day - $days then leads end) as leads,
    sum(case when activity.day <= newest.newest_day - $days then visits end) as visits_before,
    sum(case when activity.day <= newest.newest_day - $days then calls end) as calls_before,
    sum(case when activity.day <= newest.newest_day - $days then answered_calls end) as answered_calls_before,
    sum(case when activity.day <= newest.newest_day - $days then feedback end) as feedback_before,
    sum(case when activity.day <= newest.newest_day - $days then leads end) as leads_before,
    count(*) as days_known

from marts.daily_activity as activity
cross join (select max(day) as newest_day from marts.daily_activity where is_complete) as newest
where activity.day > newest.newest_day - 2 * $days and activity.day <= newest.newest_day
