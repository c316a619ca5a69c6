-- One row per record that says something of its company, or that only matching can link, with what it says in
-- comparable form. Grain: vendor, entity_type, entity_id. Organisations are no such records, and what somebody made for
-- show says nothing. Domains are those of companies: no free mail, no platform, not our own.

with

-- in whose forms one address was typed, and no other
form_sessions as (

    select
        form_values.session_id,
        min(form_values.occurred_at) as occurred_at,
        min(form_values.email) as email

    from {{ ref('int_form_values') }} as form_values
    left join {{ ref('int_form_purposes') }} as form_purposes
        on
            form_values.form_id is not distinct from form_purposes.form_id
            and form_values.form_name is not distinct from form_purposes.form_name
    where form_values.email is not null and coalesce(form_purposes.purpose, '') != 'ignore'
    group by form_values.session_id
    having min(form_values.email) = max(form_values.email)

),

-- an id that two projects have tells nothing
visitors as (

    select
        visitor_id,
        min(first_seen_at) as first_seen_at,
        case when count(*) = 1 then min(email) end as email

    from {{ ref('int_known_visitors') }}
    group by visitor_id

),

-- any other session is of the company of its visit
contacts as (

    select {{ contact('snitcher', 'session', 'session_id', 'occurred_at', 'email') }}
    from form_sessions
    union all
    select {{ contact('smartlook', 'session', 'session_id', 'started_at', 'email') }}
    from {{ ref('int_recording_emails') }}
    union all
    select {{ contact('smartlook', 'visitor', 'visitor_id', 'first_seen_at', 'email') }}
    from visitors
    union all
    select {{ contact('snapcall', 'call', 'call_id', 'started_at', 'caller_email', phone='evidence_phone') }}
    from {{ ref('int_calls') }}
    union all
    select {{ contact('usersnap', 'feedback', 'feedback_id', 'created_at', 'case when not is_demo then email end') }}
    from {{ ref('stg_usersnap__feedbacks') }}
    union all
    select {{ contact(
        'snapcrm', 'lead', 'leads.lead_key', 'leads.created_at', 'leads.email',
        phone='case when own_numbers.phone is null then leads.phone end',
        website='leads.website', company_text='leads.company'
    ) }}
    from {{ ref('int_leads') }} as leads
    left join {{ ref('int_own_numbers') }} as own_numbers
        on leads.phone = own_numbers.phone

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

own_domains as (

    select distinct company_domain
    from hosts
    where is_own

),

with_hosts as (

    select
        *,
        split_part(email, '@', 2) as email_host,
        {{ url_host('website') }} as website_host,
        {{ normalised_name('company_text') }} as company_name

    from contacts

),

final as (

    select
        with_hosts.vendor,
        with_hosts.entity_type,
        with_hosts.entity_id,
        with_hosts.occurred_at,
        with_hosts.email,
        case when own_domains.company_domain is null then email_hosts.mail_domain end as email_domain,
        own_domains.company_domain is not null as is_own_email,
        with_hosts.phone,
        case when not website_hosts.is_own then website_hosts.company_domain end as website_domain,
        with_hosts.company_text,
        with_hosts.company_name

    from with_hosts
    left join hosts as email_hosts
        on with_hosts.email_host = email_hosts.host_text
    left join own_domains
        on
            email_hosts.company_domain = own_domains.company_domain
    left join hosts as website_hosts
        on with_hosts.website_host = website_hosts.host_text

)

select * from final
