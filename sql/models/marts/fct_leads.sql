-- One row per person who asked to be contacted. Grain: lead_key.
-- Small enough to be made again by every build: a new form can show that two people are one.

with

leads as (

    select * from {{ ref('int_leads') }}

),

contacts as (

    select
        company_key,
        started_at,
        1 as session_count,
        0 as call_count

    from {{ ref('fct_sessions') }}
    where is_primary and company_key is not null
    union all
    select
        company_key,
        started_at,
        0 as session_count,
        1 as call_count

    from {{ ref('fct_calls') }}
    where company_key is not null

),

linked as (

    select
        leads.*,
        links.company_key
    from leads
    left join {{ ref('int_links') }} as links
        on
            links.vendor = 'snapcrm'
            and links.entity_type = 'lead'
            and leads.lead_key = links.entity_id

),

-- a uuid that two workspaces have is left out: nobody knows in which the form was sent
asked_in as (

    select
        sessions.session_id,
        min(sessions.session_key) as session_key,
        min(sessions.channel) as channel,
        min(sessions.utm_campaign) as utm_campaign

    from {{ ref('fct_sessions') }} as sessions
    where
        sessions.vendor = 'snitcher'
        and sessions.session_id in (select leads.first_session_id from leads)
    group by sessions.session_id
    having count(*) = 1

),

before as (

    select
        linked.lead_key,
        sum(contacts.session_count) as sessions_before,
        sum(contacts.call_count) as calls_before
    from linked
    inner join contacts
        on
            linked.company_key = contacts.company_key
            and linked.created_at > contacts.started_at
    group by linked.lead_key

),

final as (

    select
        linked.lead_key,
        linked.lead_id,
        linked.company_key,
        linked.email,
        linked.contact_text,
        linked.first_name,
        linked.last_name,
        linked.phone,
        linked.lead_status,
        linked.lead_status_as_of,
        linked.created_at,
        {{ report_day('linked.created_at') }} as day,
        linked.last_requested_at,
        cast(linked.request_count as integer) as request_count,
        linked.known_from,
        linked.first_session_id,
        linked.last_session_id,
        asked_in.session_key as first_session_key,
        asked_in.channel,
        asked_in.utm_campaign,
        cast(coalesce(before.sessions_before, 0) as integer) as sessions_before,
        cast(coalesce(before.calls_before, 0) as integer) as calls_before,
        linked.company,
        linked.website,
        linked.city,
        linked.form_name,
        linked.is_internal,
        linked.is_ignored

    from linked
    left join asked_in
        on linked.first_session_id = asked_in.session_id
    left join before
        on linked.lead_key = before.lead_key

)

select * from final
