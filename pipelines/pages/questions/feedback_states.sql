-- Feedback by what became of it, demo rows and our own people's aside. Grain: status.
select
    coalesce(status, 'unknown') as status,
    count(*) as feedback_count

from marts.fct_feedback as feedback
left join marts.dim_companies as companies
    on feedback.company_key = companies.company_key
where
    not coalesce(feedback.is_demo, false) and feedback.missing_since is null
    and not coalesce(companies.is_internal, false)
group by status
order by feedback_count desc, status
