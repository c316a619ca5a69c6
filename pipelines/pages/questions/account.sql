-- One account by its key, our own included. Grain: company_key.
select
    companies.company_key,
    companies.company_name,
    companies.domain,
    companies.industry,
    companies.size_band,
    companies.city,
    companies.country_code,
    companies.phone,
    coalesce(accounts.visit_count, 0) as visit_count,
    coalesce(accounts.pageview_count, 0) as pageview_count,
    coalesce(accounts.form_submit_count, 0) as form_submit_count,
    coalesce(accounts.call_count, 0) as call_count,
    coalesce(accounts.answered_call_count, 0) as answered_call_count,
    accounts.avg_call_rating,
    coalesce(accounts.feedback_count, 0) as feedback_count,
    coalesce(accounts.lead_count, 0) as lead_count,
    coalesce(accounts.engagement_score, 0) as engagement_score,
    timezone($zone, accounts.first_touch_at) as first_touch,
    timezone($zone, accounts.last_touch_at) as last_touch

from marts.dim_companies as companies
left join marts.company_360 as accounts
    on companies.company_key = accounts.company_key
where companies.company_key = $key
