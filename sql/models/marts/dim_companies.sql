-- One row per company that any record belongs to. Grain: company_key.
-- Facts are those of its organisation seen last, filled from the others.

with

-- of companies that only their addresses show
domains as (

    select
        company_key,
        company_domain,
        is_internal

    from {{ ref('int_company_anchors') }}
    where anchor = company_anchor

),

visits as (

    select
        company_key,
        min(started_at) as first_session_at,
        max(coalesce(ended_at, started_at)) as last_session_at

    from {{ ref('fct_sessions') }}
    where company_key is not null
    group by company_key

),

-- what sessions belong to is among the visits
companies as (

    select company_key from visits
    union
    select company_key from {{ ref('company_links') }}
    where entity_type != 'session' and company_key is not null

),

organisations as (

    select
        *,
        row_number() over (
            partition by company_key
            order by last_seen_at desc nulls last, organisation_id asc
        ) as place

    from {{ ref('int_organisations') }}
    where company_key is not null

),

described as (

    select
        company_key,
        {{ facts_of_organisations() }}

    from organisations
    group by company_key

),

final as (

    select
        companies.company_key,
        described.organisation_name as company_name,
        coalesce(described.company_domain, domains.company_domain) as domain,
        described.industry,
        described.size_band,
        described.country_code,
        described.city,
        described.phone,
        described.tags,
        described.segments,
        -- a company that Snitcher names has visited
        described.company_key is not null or visits.company_key is not null as is_visitor,
        coalesce(domains.is_internal, false) as is_internal,
        least(described.first_seen_at, visits.first_session_at) as first_seen_at,
        greatest(described.last_seen_at, visits.last_session_at) as last_seen_at

    from companies
    left join described
        on companies.company_key = described.company_key
    left join domains
        on companies.company_key = domains.company_key
    left join visits
        on companies.company_key = visits.company_key

)

select * from final
