-- Fails when a company of company_360 does not have just the visits, calls, feedback and leads that the facts give it.
-- Guards against a fact that counts twice or nowhere.

with

facts as (

    select
        company_key,
        count(*) as visit_count,
        0 as call_count,
        0 as feedback_count,
        0 as lead_count

    from {{ ref('fct_sessions') }}
    where is_primary
    group by company_key
    union all
    select
        company_key,
        0 as visit_count,
        1 as call_count,
        0 as feedback_count,
        0 as lead_count

    from {{ ref('fct_calls') }}
    union all
    select
        company_key,
        0 as visit_count,
        0 as call_count,
        1 as feedback_count,
        0 as lead_count

    from {{ ref('fct_feedback') }}
    -- what bears no time is no contact
    where not is_demo and missing_since is null and created_at is not null
    union all
    select
        company_key,
        0 as visit_count,
        0 as call_count,
        0 as feedback_count,
        1 as lead_count

    from {{ ref('fct_leads') }}
    where not is_internal and created_at is not null

),

counted as (

    select
        facts.company_key,
        sum(facts.visit_count) as visit_count,
        sum(facts.call_count) as call_count,
        sum(facts.feedback_count) as feedback_count,
        sum(facts.lead_count) as lead_count

    from facts
    inner join {{ ref('dim_companies') }} as companies
        on facts.company_key = companies.company_key
    where not companies.is_internal
    group by facts.company_key

)

select
    coalesce(counted.company_key, company_360.company_key) as company_key,
    counted.visit_count,
    company_360.visit_count as visit_count_of_company

from counted
full outer join {{ ref('company_360') }} as company_360
    on counted.company_key = company_360.company_key
where
    company_360.company_key is null
    or coalesce(counted.visit_count, 0) != company_360.visit_count
    or coalesce(counted.call_count, 0) != company_360.call_count
    or coalesce(counted.feedback_count, 0) != company_360.feedback_count
    or coalesce(counted.lead_count, 0) != company_360.lead_count
