-- One row per record that matching links, Snitcher's own aside, with what it says of its company. Grain: vendor,
-- entity_type, entity_id. What somebody made for show says nothing.

with

-- a session that names nobody is of the company of its visit, which int_recording_links says
named_recordings as (

    select
        session_id,
        min(started_at) as started_at,
        -- an id that two projects have tells nothing
        case when count(*) = 1 then min(email) end as email
    from {{ ref('int_recording_emails') }}
    group by session_id

),

given_recordings as (

    select entity_id as session_id
    from {{ ref('int_match_override') }}
    where vendor = 'smartlook' and entity_type = 'session'

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
        'smartlook' as vendor,
        'session' as entity_type,
        named_recordings.session_id as entity_id,
        named_recordings.started_at as occurred_at,
        named_recordings.email,
        cast(null as varchar) as phone,
        cast(null as varchar) as website,
        cast(null as varchar) as company_text

    from named_recordings
    left join given_recordings
        on named_recordings.session_id = given_recordings.session_id
    where named_recordings.email is not null or given_recordings.session_id is not null
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
