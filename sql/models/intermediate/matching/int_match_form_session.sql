-- One row per lead with a free-mail address and company from whose network the form was sent. Grain: vendor,
-- entity_type, entity_id, company_key.

with

records as (

    select * from {{ ref('int_records') }}
    where
        vendor = 'snapcrm'
        and entity_type = 'lead'
        and email is not null
        and email_domain is null
        and not is_own_email

),

leads as (

    select * from {{ ref('int_leads') }}

),

lead_requests as (

    select * from {{ ref('int_lead_requests') }}
    where session_id is not null

),

sessions as (

    select
        session_id,
        company_key
    from {{ ref('int_own_sessions') }}
    where company_key is not null
    union
    -- whose visit nobody names but an address that a recorder was told
    select
        own_sessions.session_id,
        contact_links.company_key
    from {{ ref('int_contact_links') }} as contact_links
    inner join {{ ref('int_recording_visits') }} as recording_visits
        on contact_links.entity_id = recording_visits.recording_id
    inner join {{ ref('int_own_sessions') }} as own_sessions
        on recording_visits.visit_key = own_sessions.session_key
    where
        contact_links.vendor = 'smartlook'
        and contact_links.entity_type = 'session'
        and contact_links.company_key is not null
        and own_sessions.rule is null

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        sessions.company_key,
        'form_session' as rule,
        'form sent in session ' || min(sessions.session_id) as evidence,
        true as is_certain

    from records
    inner join leads
        on records.entity_id = leads.lead_key
    inner join lead_requests
        on leads.person = lead_requests.person
    inner join sessions
        on lead_requests.session_id = sessions.session_id
    group by records.vendor, records.entity_type, records.entity_id, sessions.company_key

)

select * from final
