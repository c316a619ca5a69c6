-- One row per anchor: a registrable domain that an organisation showed, or that somebody named as theirs, or an
-- organisation without any. Grain: anchor. Only organisations say since when an anchor is known.

with

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

claimed_hosts as (

    select * from {{ ref('int_host_texts') }}
    where is_claimed

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

overrides as (

    select * from {{ ref('int_overrides') }}

),

claimed_domains as (

    select case when claimed_hosts.is_of_address then hosts.mail_domain else hosts.company_domain end as company_domain
    from claimed_hosts
    inner join hosts
        on claimed_hosts.host_text = hosts.host_text
    where case when claimed_hosts.is_of_address then hosts.mail_domain else hosts.company_domain end is not null
    union
    select company_domain from overrides
    where company_domain is not null
    union
    select other_domain as company_domain from overrides
    where other_domain is not null

),

known as (

    select
        anchor,
        company_domain,
        first_known_at

    from organisation_anchors
    union all
    select
        'domain:' || company_domain as anchor,
        company_domain,
        cast(null as timestamp with time zone) as first_known_at

    from claimed_domains

),

final as (

    select
        anchor,
        company_domain,
        min(first_known_at) as first_known_at

    from known
    group by anchor, company_domain

)

select * from final
