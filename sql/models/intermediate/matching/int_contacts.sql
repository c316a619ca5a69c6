-- One row per record that says something of its company, or that only matching can link, with what it says. Grain:
-- vendor, entity_type, entity_id. Organisations are no contacts. What somebody made for show says nothing.

{{ config(materialized='view') }}

with

-- any other session is of the company of its visit
recordings as (

    select * from {{ ref('int_recording_emails') }}

),

visitors as (

    select * from {{ ref('int_recorded_visitors') }}

),

calls as (

    select * from {{ ref('int_calls') }}

),

feedbacks as (

    select * from {{ ref('stg_usersnap__feedbacks') }}

),

leads as (

    select * from {{ ref('int_leads') }}

),

contacts as (

    select
        'snitcher' as vendor,
        'session' as entity_type,
        session_id as entity_id,
        occurred_at,
        email,
        cast(null as varchar) as phone,
        cast(null as varchar) as website,
        cast(null as varchar) as company_text

    from {{ ref('int_form_senders') }}
    union all
    select
        'smartlook' as vendor,
        'session' as entity_type,
        session_id as entity_id,
        started_at as occurred_at,
        email,
        cast(null as varchar) as phone,
        cast(null as varchar) as website,
        cast(null as varchar) as company_text

    from recordings
    union all
    select
        'smartlook' as vendor,
        'visitor' as entity_type,
        visitor_id as entity_id,
        occurred_at,
        email,
        cast(null as varchar) as phone,
        cast(null as varchar) as website,
        cast(null as varchar) as company_text

    from visitors
    union all
    select
        'snapcall' as vendor,
        'call' as entity_type,
        call_id as entity_id,
        started_at as occurred_at,
        caller_email as email,
        evidence_phone as phone,
        cast(null as varchar) as website,
        cast(null as varchar) as company_text

    from calls
    union all
    select
        'usersnap' as vendor,
        'feedback' as entity_type,
        feedback_id as entity_id,
        created_at as occurred_at,
        case when not is_demo then email end as email,
        cast(null as varchar) as phone,
        cast(null as varchar) as website,
        cast(null as varchar) as company_text

    from feedbacks
    union all
    select
        'snapcrm' as vendor,
        'lead' as entity_type,
        leads.lead_key as entity_id,
        leads.created_at as occurred_at,
        leads.email,
        case when own_numbers.phone is null then leads.phone end as phone,
        leads.website,
        leads.company as company_text

    from leads
    left join {{ ref('int_own_numbers') }} as own_numbers
        on leads.phone = own_numbers.phone

)

select * from contacts
