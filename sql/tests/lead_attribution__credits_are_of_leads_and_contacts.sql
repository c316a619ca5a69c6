-- Fails with every credit whose lead or touchpoint is not there. Guards the increment: a credit that it left behind
-- would count for a lead that nobody can look up, or hide the contact that deserves it.

with

credits as (

    select * from {{ ref('lead_attribution') }}

)

select
    credits.lead_key,
    credits.touchpoint_key

from credits
left join {{ ref('fct_leads') }} as leads
    on credits.lead_key = leads.lead_key
left join {{ ref('fct_touchpoints') }} as touchpoints
    on credits.touchpoint_key = touchpoints.touchpoint_key
where leads.lead_key is null or touchpoints.touchpoint_key is null
