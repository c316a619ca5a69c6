-- One row per organisation, with its company and why. Grain: organisation_id.

{{ config(materialized='view') }}

with

organisations as (

    select
        *,
        -- one company shows both domains
        override_evidence is null and joined_by_phone is null and company_domain is not null
        and company_anchor != anchor as is_of_other_domain

    from {{ ref('int_organisations') }}

),

final as (

    select
        organisation_id,
        company_key,
        case
            when override_evidence is not null then 'override'
            when company_domain is not null then 'website_domain'
            when joined_by_phone is not null then 'phone'
            else 'own_organisation'
        end as rule,
        case
            when override_evidence is not null then override_evidence
            when joined_by_phone is not null
                then 'number ' || joined_by_phone || ', which one other company has'
            when
                company_domain is null and is_reported
                then 'the organisation itself: no website that is a company''s own'
            when company_domain is null then 'the organisation itself: known from its sessions alone'
            when company_anchor = anchor and has_website then 'website ' || company_domain
            when company_anchor = anchor then 'earlier website ' || company_domain
            else 'website ' || company_domain || ', one company with ' || replace(company_anchor, 'domain:', '')
        end as evidence,
        case when is_of_other_domain then 'domain' end as rests_on_type,
        case when is_of_other_domain then replace(company_anchor, 'domain:', '') end as rests_on_id,
        case
            when override_evidence is not null then override_domain
            else coalesce(joined_by_phone, company_domain)
        end as met_value

    from organisations

)

select * from final
