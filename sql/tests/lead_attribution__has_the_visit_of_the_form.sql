-- Fails when the credits of a lead of a company lack the visit in which the person asked. Guards the last touch: it
-- would go to an older contact. What our own people do is no contact, nor is a visit of several companies, or of nobody
-- by the operator's list.

with

leads as (

    select leads.*
    from {{ ref('fct_leads') }} as leads
    inner join {{ ref('dim_companies') }} as companies
        on leads.company_key = companies.company_key
    where leads.known_from = 'form' and leads.created_at is not null and not companies.is_internal

),

visits as (

    select
        leads.lead_key,
        sessions.session_key,
        sessions.company_key,
        touchpoints.touchpoint_key

    from leads
    inner join {{ ref('fct_sessions') }} as sessions
        on
            leads.first_session_id = sessions.session_id
            and sessions.vendor = 'snitcher'
    left join {{ ref('fct_touchpoints') }} as touchpoints
        on
            sessions.session_key = touchpoints.session_key
            and touchpoints.touch_type = 'session'
    left join {{ ref('company_links') }} as links
        on
            sessions.session_id = links.entity_id
            and links.vendor = 'snitcher'
            and links.entity_type = 'session'
            and links.company_key is null
            and links.rule = 'override'
    left join {{ ref('ambiguous_links') }} as ambiguous_links
        on
            sessions.session_id = ambiguous_links.entity_id
            and ambiguous_links.vendor = 'snitcher'
            and ambiguous_links.entity_type = 'session'
    where ambiguous_links.entity_id is null and links.entity_id is null and sessions.started_at is not null

)

select visits.*
from visits
left join {{ ref('lead_attribution') }} as credits
    on
        visits.lead_key = credits.lead_key
        and visits.touchpoint_key = credits.touchpoint_key
left join {{ ref('dim_companies') }} as companies
    on visits.company_key = companies.company_key
where
    credits.touchpoint_key is null
    and not coalesce(companies.is_internal, false)
