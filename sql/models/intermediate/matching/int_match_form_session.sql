-- One row per lead with a free-mail address and company from whose network the form was sent. Grain: vendor,
-- entity_type, entity_id, company_key. The network of an internet provider is its customers'.

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

-- what people lean on
contact_links as (

    {{ decided_by([ref('int_match_override'), ref('int_match_domain'), ref('int_match_phone')]) }}

),

sessions as (

    select
        session_id,
        company_key
    from {{ ref('int_visits_own') }}
    where company_key is not null
    union
    -- whose visit nobody names but an address that a recorder was told
    select
        own_sessions.session_id,
        contact_links.company_key
    from contact_links
    inner join {{ ref('int_visit_fits') }} as recording_visits
        on
            contact_links.vendor = recording_visits.vendor
            and contact_links.entity_id = recording_visits.entity_id
            and recording_visits.is_only_fit
    inner join {{ ref('int_visits_own') }} as own_sessions
        on recording_visits.visit_key = own_sessions.session_key
    where
        contact_links.vendor = 'smartlook'
        and contact_links.entity_type = 'session'
        and contact_links.company_key is not null
        and own_sessions.rule is null

),

providers as (

    select distinct company_key
    from {{ ref('int_organisations') }}
    where is_provider and company_key is not null

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        sessions.company_key,
        'form_session' as rule,
        'form sent in session ' || min(sessions.session_id) as evidence,
        'session' as rests_on_type,
        min(sessions.session_id) as rests_on_id,
        cast(null as varchar) as met_value,
        true as is_certain

    from records
    inner join leads
        on records.entity_id = leads.lead_key
    inner join lead_requests
        on leads.person = lead_requests.person
    inner join sessions
        on lead_requests.session_id = sessions.session_id
    left join providers
        on sessions.company_key = providers.company_key
    where providers.company_key is null
    group by records.vendor, records.entity_type, records.entity_id, sessions.company_key

)

select * from final
