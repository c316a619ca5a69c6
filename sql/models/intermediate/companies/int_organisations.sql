-- One row per organisation, with its company and what is known of it over all workspaces. Grain: organisation_id.
-- An organisation that only its sessions name is here too, with unknown facts.

with

organisations as (

    select * from {{ ref('stg_snitcher__organisations') }}

),

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

overrides as (

    select * from {{ ref('int_match_override') }}
    where vendor = 'snitcher' and entity_type = 'organisation'

),

ranked as (

    select
        organisations.*,
        case when website_hosts.is_front_page then hosts.front_domain else hosts.company_domain end as company_domain,
        coalesce(hosts.shared_kind in ('free_mail', 'provider'), false) as is_provider,
        row_number() over (
            partition by organisations.organisation_id
            order by organisations.last_seen_at desc nulls last, organisations.workspace_id asc
        ) as place

    from organisations
    left join {{ ref('int_host_texts') }} as website_hosts
        on organisations.website = website_hosts.url_text
    left join hosts
        on website_hosts.host_text = hosts.host_text

),

reported as (

    select
        organisation_id,
        {{ facts_of_organisations() }},
        {{ known_values('phone') }} as phones,
        {{ known_values(normalised_name('organisation_name')) }} as company_names,
        bool_or(is_provider) as is_provider

    from ranked
    group by organisation_id

),

final as (

    select
        organisation_anchors.organisation_id,
        case when overrides.rule is null then company_anchors.company_key else overrides.company_key end as company_key,
        overrides.evidence as override_evidence,
        overrides.met_value as override_domain,
        company_anchors.company_anchor,
        company_anchors.joined_by_phone,
        organisation_anchors.anchor,
        reported.organisation_name,
        -- of an organisation that joins nothing, today's domain may be another company's
        case
            -- what the operator gave to a company does not bring its own domain along
            when overrides.rule is not null then null
            when current_anchors.company_key = company_anchors.company_key then current_anchors.company_domain
            else organisation_anchors.company_domain
        end as company_domain,
        reported.industry,
        reported.size_band,
        reported.country_code,
        reported.city,
        reported.phone,
        reported.tags,
        reported.segments,
        reported.phones,
        reported.company_names,
        coalesce(reported.is_provider, false) as is_provider,
        reported.first_seen_at,
        reported.last_seen_at,
        coalesce(current_anchors.company_key = company_anchors.company_key, false) as has_website,
        reported.organisation_id is not null as is_reported

    from organisation_anchors
    inner join company_anchors
        on organisation_anchors.anchor = company_anchors.anchor
    left join reported
        on organisation_anchors.organisation_id = reported.organisation_id
    left join company_anchors as current_anchors
        on 'domain:' || reported.company_domain = current_anchors.anchor
    left join overrides
        on organisation_anchors.organisation_id = overrides.entity_id
    -- any of its anchors would do: they are one company, unless they are too many to be one, and then the oldest counts
    where organisation_anchors.place = 1

)

select * from final
