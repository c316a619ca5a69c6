-- One row per address that a lead gave, and whether it is one of ours or one to ignore. Grain: email.

with

lead_requests as (

    select * from {{ ref('int_lead_requests') }}

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

ignored_emails as (

    select * from {{ source('reference', 'ignored_emails') }}

),

emails as (

    select distinct
        email,
        split_part(email, '@', 1) as mailbox,
        split_part(email, '@', 2) as email_host

    from lead_requests
    where email is not null

),

own_domains as (

    select distinct company_domain
    from hosts
    where is_own

),

own as (

    select distinct emails.email
    from emails
    inner join own_domains
        on
            emails.email_host = own_domains.company_domain
            or emails.email_host like '%.' || own_domains.company_domain

),

ignored as (

    select distinct emails.email
    from emails
    inner join ignored_emails
        on ignored_emails.email in (emails.email, '@' || emails.email_host, emails.mailbox || '@')

),

final as (

    select
        emails.email,
        own.email is not null as is_internal,
        ignored.email is not null as is_ignored

    from emails
    left join own
        on emails.email = own.email
    left join ignored
        on emails.email = ignored.email

)

select * from final
