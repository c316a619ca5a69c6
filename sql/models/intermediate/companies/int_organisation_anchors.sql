-- One row per organisation and anchor that it has shown: each registrable domain, or the organisation itself when it
-- has none. Grain: organisation_id, anchor. An organisation is its uuid, in all workspaces that saw it.

with

organisations as (

    select * from {{ ref('stg_snitcher__organisations') }}

),

organisation_websites as (

    select * from {{ ref('stg_snitcher__organisation_websites') }}

),

sessions as (

    select * from {{ ref('int_visits') }}

),

website_hosts as (

    select * from {{ ref('int_host_texts') }}

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

known as (

    select organisation_id from organisations
    union
    -- known from its sessions alone
    select organisation_id from sessions
    where organisation_id is not null

),

websites as (

    select
        organisation_id,
        website,
        first_loaded_at

    from organisation_websites
    union all
    select
        organisation_id,
        website,
        cast(null as timestamp with time zone) as first_loaded_at

    from organisations

),

domains as (

    select
        websites.organisation_id,
        case when website_hosts.is_front_page then hosts.front_domain else hosts.company_domain end as company_domain,
        min(websites.first_loaded_at) as first_known_at

    from websites
    inner join website_hosts
        on websites.website = website_hosts.url_text
    inner join hosts
        on website_hosts.host_text = hosts.host_text
    where case when website_hosts.is_front_page then hosts.front_domain else hosts.company_domain end is not null
    group by
        websites.organisation_id,
        case when website_hosts.is_front_page then hosts.front_domain else hosts.company_domain end

),

anchors as (

    select
        known.organisation_id,
        domains.company_domain,
        domains.first_known_at,
        coalesce('domain:' || domains.company_domain, 'organisation:' || known.organisation_id) as anchor

    from known
    left join domains
        on known.organisation_id = domains.organisation_id

),

numbered as (

    select
        *,
        row_number() over (
            partition by organisation_id
            order by first_known_at nulls last, anchor
        ) as place,
        count(*) over (partition by organisation_id) as anchor_count

    from anchors

)

select * from numbered
