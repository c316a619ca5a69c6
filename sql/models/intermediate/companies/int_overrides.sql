-- One row per line of the operator's list, with its domains as registrable ones. Grain: override_key. The operator may
-- name a domain that the lists say is no company's.

with

company_overrides as (

    select * from {{ source('reference', 'company_overrides') }}

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

final as (

    select
        {{ surrogate_key([
            'company_overrides.action',
            "coalesce(company_overrides.vendor, '')",
            "coalesce(company_overrides.entity_type, '')",
            "coalesce(company_overrides.entity_id, '')",
            "coalesce(company_overrides.domain, '')",
            "coalesce(company_overrides.other_domain, '')",
        ]) }} as override_key,
        company_overrides.action,
        company_overrides.vendor,
        company_overrides.entity_type,
        case
            when company_overrides.entity_type = 'organisation'
                then {{ organisation_id('company_overrides.entity_id') }}
            else company_overrides.entity_id
        end as entity_id,
        coalesce(hosts.registrable_domain, company_overrides.domain) as company_domain,
        coalesce(other_hosts.registrable_domain, company_overrides.other_domain) as other_domain,
        company_overrides.reason

    from company_overrides
    left join hosts
        on company_overrides.domain = hosts.host_text
    left join hosts as other_hosts
        on company_overrides.other_domain = other_hosts.host_text

)

select * from final
