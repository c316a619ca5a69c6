-- One row per key that a company had before its organisation showed another website, or its first one. Grain: old_key.

with

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

organisation_websites as (

    select * from {{ ref('stg_snitcher__organisation_websites') }}

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

claimed_domains as (

    select distinct hosts.company_domain
    from {{ ref('int_host_texts') }} as claimed_hosts
    inner join {{ ref('int_hosts') }} as hosts
        on claimed_hosts.host_text = hosts.host_text
    where claimed_hosts.is_claimed

),

-- a domain stood alone when the organisation that showed it first had shown none before it, or when an address had
-- named it, which nobody can say was later
first_shown as (

    select
        company_anchors.anchor_key as old_key,
        company_anchors.company_key,
        bool_or(organisation_anchors.place = 1 or claimed_domains.company_domain is not null) as stood_alone

    from company_anchors
    inner join organisation_anchors
        on
            company_anchors.anchor = organisation_anchors.anchor
            and company_anchors.first_known_at = organisation_anchors.first_known_at
    left join claimed_domains
        on company_anchors.company_domain = claimed_domains.company_domain
    where company_anchors.anchor != company_anchors.company_anchor
    group by company_anchors.anchor_key, company_anchors.company_key

),

-- an organisation stood alone when it was known with a website of no company before it had one of its own
before_domain as (

    select
        organisation_anchors.organisation_id,
        organisation_anchors.anchor

    from organisation_anchors
    inner join organisation_websites
        on organisation_anchors.organisation_id = organisation_websites.organisation_id
    where
        organisation_anchors.place = 1
        and organisation_anchors.company_domain is not null
        and organisation_websites.first_loaded_at < organisation_anchors.first_known_at
    group by organisation_anchors.organisation_id, organisation_anchors.anchor

),

final as (

    select
        old_key,
        company_key,
        'one organisation shows both domains' as reason

    from first_shown
    where stood_alone
    union all
    select
        {{ surrogate_key(["'organisation:' || before_domain.organisation_id"]) }} as old_key,
        company_anchors.company_key,
        'the organisation has a domain now' as reason

    from before_domain
    inner join company_anchors
        on before_domain.anchor = company_anchors.anchor

)

select * from final
