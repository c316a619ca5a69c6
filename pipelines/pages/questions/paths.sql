-- Where on a line as long as the history each account's contacts are. Grain: company_key, touch_type.
select
    company_key,
    touch_type,
    count(*) as touches,
    list_sort(list_distinct(list(cast(round(least(greatest(
        (epoch(timezone($zone, occurred_at)) - epoch(cast($first_day as timestamp)))
        / greatest(epoch(cast($last_day as timestamp)) + 86400 - epoch(cast($first_day as timestamp)), 1), 0
    ), 1) * $width) as integer)))) as places

from marts.fct_touchpoints
where company_key in (select unnest($keys))
group by company_key, touch_type
