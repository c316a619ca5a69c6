-- Fails when a contact of our own people is among those of companies. Guards what is counted and credited from them.

with

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

),

companies as (

    select * from {{ ref('dim_companies') }}

)

select touchpoints.touchpoint_key
from touchpoints
inner join companies
    on touchpoints.company_key = companies.company_key
where companies.is_internal
