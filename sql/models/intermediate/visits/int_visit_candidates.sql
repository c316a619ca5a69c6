-- One row per visit that Snitcher saw and of which a form or a recording tells whose it is, and per company that
-- anything names for it. Grain: visit_key, told_by, rule, company_key, evidence. `place` counts from the strongest: the
-- order of the rules, then what was typed in the visit before what a recorder remembers of the browser.

with

links as (

    select * from {{ ref('int_links_before_visits') }}
    where rule is not null

),

forms as (

    select
        sessions.session_key as visit_key,
        'form' as told_by,
        links.company_key,
        links.rule,
        links.evidence,
        links.rests_on_type,
        links.rests_on_id,
        links.met_value,
        cast(null as varchar) as recording_id
    from links
    inner join {{ ref('int_visits') }} as sessions
        on
            links.vendor = sessions.vendor
            and links.entity_id = sessions.session_id
    -- what the operator says of the session stands in int_visits_own
    where links.vendor = 'snitcher' and links.entity_type = 'session' and links.rule != 'override'
    union
    -- the person is known by more than the address in the form, or by none
    select
        sessions.session_key as visit_key,
        'form' as told_by,
        links.company_key,
        case when links.rule = 'company_name' then links.rule else 'person' end as rule,
        'form of lead ' || links.entity_id as evidence,
        'lead' as rests_on_type,
        links.entity_id as rests_on_id,
        cast(null as varchar) as met_value,
        cast(null as varchar) as recording_id
    from links
    inner join {{ ref('int_leads') }} as leads
        on links.entity_id = leads.lead_key
    inner join {{ ref('int_lead_requests') }} as lead_requests
        on leads.person = lead_requests.person
    inner join {{ ref('int_visits') }} as sessions
        on
            sessions.vendor = 'snitcher'
            and lead_requests.session_id = sessions.session_id
    where links.vendor = 'snapcrm' and links.entity_type = 'lead' and links.company_key is not null

),

recordings as (

    select
        recording_visits.visit_key,
        'recording' as told_by,
        links.company_key,
        links.rule,
        links.evidence,
        links.rests_on_type,
        links.rests_on_id,
        links.met_value,
        recording_visits.entity_id as recording_id
    from links
    inner join {{ ref('int_visit_fits') }} as recording_visits
        on
            links.vendor = recording_visits.vendor
            and links.entity_id = recording_visits.entity_id
    where links.vendor = 'smartlook' and links.entity_type = 'session' and recording_visits.is_only_fit

),

told as (

    select * from forms
    union all
    select * from recordings

),

visits as (

    select distinct visit_key
    from told

),

candidates as (

    select
        sessions.session_key as visit_key,
        'vendor' as told_by,
        sessions.company_key,
        sessions.rule,
        sessions.evidence,
        sessions.rests_on_type,
        sessions.rests_on_id,
        sessions.met_value,
        cast(null as varchar) as recording_id

    from {{ ref('int_visits_own') }} as sessions
    inner join visits
        on sessions.session_key = visits.visit_key
    where sessions.rule is not null
    union all
    select * from told

)

select
    *,
    2 * {{ rule_place('rule') }} + case when told_by = 'recording' then 1 else 0 end as place

from candidates
