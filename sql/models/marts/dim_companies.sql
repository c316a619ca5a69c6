-- One row per company that anything is known of. Grain: company_key.
-- Facts are those of its organisation seen last, filled from the others.

with

organisations as (

    select * from {{ ref('int_organisations') }}

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

own_companies as (

    select distinct company_anchors.company_key
    from company_anchors
    inner join hosts
        on company_anchors.company_domain = hosts.company_domain
    where hosts.is_own

),

visits as (

    select
        company_key,
        min(started_at) as first_session_at,
        max(coalesce(ended_at, started_at)) as last_session_at

    from sessions
    where company_key is not null
    group by company_key

),

ranked as (

    select
        *,
        row_number() over (
            partition by company_key
            order by last_seen_at desc nulls last, organisation_id asc
        ) as place

    from organisations

),

described as (

    select
        company_key,
        {{ first_known('organisation_name', 'place') }} as company_name,
        {{ first_known('company_domain', 'place') }} as domain,
        {{ first_known('industry', 'place') }} as industry,
        {{ first_known('size_band', 'place') }} as size_band,
        {{ first_known('country_code', 'place') }} as country_code,
        {{ first_known('city', 'place') }} as city,
        {{ first_known('phone', 'place') }} as phone,
        {{ merged_texts('tags') }} as tags,
        {{ merged_texts('segments') }} as segments,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at

    from ranked
    group by company_key

),

final as (

    select
        described.company_key,
        described.company_name,
        described.domain,
        described.industry,
        described.size_band,
        described.country_code,
        described.city,
        described.phone,
        described.tags,
        described.segments,
        -- whatever Snitcher names has visited
        true as is_visitor,
        own_companies.company_key is not null as is_internal,
        least(described.first_seen_at, visits.first_session_at) as first_seen_at,
        greatest(described.last_seen_at, visits.last_session_at) as last_seen_at

    from described
    left join own_companies
        on described.company_key = own_companies.company_key
    left join visits
        on described.company_key = visits.company_key

)

select * from final
