-- The accounts with the most engagement. Grain: company_key.
select
    accounts.*,
    companies.industry,
    companies.size_band,
    companies.city,
    companies.country_code,
    companies.phone,
    timezone($zone, accounts.first_touch_at) as first_touch,
    timezone($zone, accounts.last_touch_at) as last_touch

from marts.company_360 as accounts
inner join marts.dim_companies as companies
    on accounts.company_key = companies.company_key
where accounts.engagement_score > 0
order by accounts.engagement_score desc, accounts.last_touch_at desc, accounts.company_key
limit $shown
