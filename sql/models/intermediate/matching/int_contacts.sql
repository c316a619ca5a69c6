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
        caller_phone as phone,
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
        lead_key as entity_id,
        created_at as occurred_at,
        email,
        phone,
        website,
        company as company_text

    from leads

)

select * from contacts
