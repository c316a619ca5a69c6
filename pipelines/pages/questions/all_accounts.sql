-- All accounts that did anything, summed. One row.
select
    count(*) as companies,
    count(case when engagement_score > 0 then 1 end) as active,
    count(case when call_count > 0 then 1 end) as called,
    count(case when lead_count > 0 then 1 end) as asked,
    coalesce(sum(visit_count), 0) as visits,
    coalesce(sum(call_count), 0) as calls,
    coalesce(sum(lead_count), 0) as leads

from marts.company_360
