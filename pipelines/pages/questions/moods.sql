-- Feedback by mood, demo rows and our own people's aside. Grain: mood.
select
    mood,
    count(*) as feedback_count,
    avg(rating) as rating

from marts.fct_feedback as feedback
left join marts.dim_companies as companies
    on feedback.company_key = companies.company_key
where
    not coalesce(feedback.is_demo, false) and feedback.missing_since is null
    and not coalesce(companies.is_internal, false)
group by mood
order by mood is null, feedback_count desc, mood
