-- Fails when the weights of a lead do not sum to 1, or when a dated lead of a company that is not our own has none.
-- Guards the sums over all leads, which are what people compare.

with

lead_attribution as (

    select * from {{ ref('lead_attribution') }}

),

leads as (

    select * from {{ ref('fct_leads') }}

),

companies as (

    select * from {{ ref('dim_companies') }}

),

sums as (

    select
        lead_key,
        sum(first_touch_weight) as first_touch,
        sum(last_touch_weight) as last_touch,
        sum(linear_weight) as linear,
        sum(time_decay_weight) as time_decay

    from lead_attribution
    group by lead_key

)

select
    leads.lead_key,
    sums.first_touch,
    sums.last_touch,
    sums.linear,
    sums.time_decay

from leads
inner join companies
    on leads.company_key = companies.company_key
left join sums
    on leads.lead_key = sums.lead_key
where
    leads.created_at is not null
    and not companies.is_internal
    and not leads.is_internal
    and (
        sums.lead_key is null
        or sums.first_touch != 1
        or sums.last_touch != 1
        or abs(sums.linear - 1) > 1e-9
        or abs(sums.time_decay - 1) > 1e-9
    )
