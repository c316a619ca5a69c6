-- One row per record of int_contacts, with what it says of its company in comparable form.
-- Grain: vendor, entity_type, entity_id. Domains are those of companies: no free mail, no platform, not our own.

with

contacts as (

    select * from {{ ref('int_contacts') }}

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
