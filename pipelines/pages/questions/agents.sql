-- How many calls each agent got, and what became of them, our own people's aside. Grain: agent_email.
select
    coalesce(agent_email, 'nobody known') as agent_email,
    count(*) as calls,
    count(case when is_answered then 1 end) as answered,
    count(case when not is_answered then 1 end) as not_answered,
    avg(rating) as rating,
    median(case when is_answered then duration_seconds end) as median_seconds

from marts.fct_calls as calls
left join marts.dim_companies as companies
    on calls.company_key = companies.company_key
where not coalesce(companies.is_internal, false)
group by agent_email
order by calls desc, agent_email
