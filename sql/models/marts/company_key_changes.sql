-- One row per key that stood for a company before and no longer does. Grain: old_key.

with

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

companies as (

    select * from {{ ref('dim_companies') }}

),

claimed_domains as (

    select distinct hosts.company_domain
    from {{ ref('int_host_texts') }} as claimed_hosts
    inner join {{ ref('int_hosts') }} as hosts
        on claimed_hosts.host_text = hosts.host_text
    where claimed_hosts.is_claimed

),

-- a domain stood alone when the organisation that showed it first had shown none before it, or when an address had
-- named it, which may have been earlier
alone_before as (

    select distinct
        company_anchors.anchor_key as old_key,
        company_anchors.company_key

    from company_anchors
    inner join organisation_anchors
        on
            company_anchors.anchor = organisation_anchors.anchor
            and company_anchors.first_known_at = organisation_anchors.first_known_at
    left join claimed_domains
        on company_anchors.company_domain = claimed_domains.company_domain
    where
        company_anchors.anchor != company_anchors.company_anchor
        and (organisation_anchors.place = 1 or claimed_domains.company_domain is not null)

),

-- an organisation stood alone when it was known with a website of no company before it had one of its own
before_domain as (

    select distinct
        {{ surrogate_key(["'organisation:' || organisation_anchors.organisation_id"]) }} as old_key,
        company_anchors.company_key

    from organisation_anchors
    inner join {{ ref('stg_snitcher__organisation_websites') }} as organisation_websites
        on organisation_anchors.organisation_id = organisation_websites.organisation_id
    inner join company_anchors
        on organisation_anchors.anchor = company_anchors.anchor
    where
        organisation_anchors.place = 1
        and organisation_anchors.company_domain is not null
        and organisation_websites.first_loaded_at < organisation_anchors.first_known_at

),

stated_anchors as (

    select distinct anchor
    from {{ ref('int_anchor_edges') }}
    where is_stated

),

known as (

    select
        *,
        1 as place,
        'one organisation shows both domains' as reason

    from alone_before
    union all
    select
        *,
        1 as place,
        'the organisation has a domain now' as reason

    from before_domain
    union all
    select
        anchor_key as old_key,
        company_key,
        2 as place,
        'one phone number, which no other company has' as reason

    from company_anchors
    where joined_by_phone is not null and anchor != company_anchor
    union all
    select
        company_anchors.anchor_key as old_key,
        company_anchors.company_key,
        3 as place,
        'the operator''s list says so' as reason

    from company_anchors
    inner join stated_anchors
        on company_anchors.anchor = stated_anchors.anchor
    where company_anchors.anchor != company_anchors.company_anchor

),

ranked as (

    select
        *,
        row_number() over (partition by old_key order by place, company_key) as reason_place

    from known

),

final as (

    select
        ranked.old_key,
        ranked.company_key,
        ranked.reason

    from ranked
    inner join companies
        on ranked.company_key = companies.company_key
    where ranked.reason_place = 1

)

select * from final
