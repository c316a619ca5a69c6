-- One row per lead and company of the name that it gave. Grain: vendor, entity_type, entity_id, company_key. A name
-- that leads of other companies give, too, is no company's own.

with

records as (

    select * from {{ ref('int_records') }}
    where company_name is not null and not is_own_email

),

-- what names lean on
domain_links as (

    {{ decided_by([ref('int_match_override'), ref('int_match_domain')]) }}

),

owners as (

    select
        unnest(company_names) as company_name,
        company_key,
        true as is_organisation

    from {{ ref('int_organisations') }}
    where company_key is not null
    union all
    select
        records.company_name,
        domain_links.company_key,
        false as is_organisation

    from records
    inner join domain_links
        on
            records.vendor = domain_links.vendor
            and records.entity_type = domain_links.entity_type
            and records.entity_id = domain_links.entity_id
    where domain_links.company_key is not null

),

known_names as (

    select company_name
    from owners
    group by company_name
    having bool_or(is_organisation)

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        owners.company_key,
        'company_name' as rule,
        'the name ' || min(records.company_text) as evidence,
        cast(null as varchar) as rests_on_type,
        cast(null as varchar) as rests_on_id,
        min(records.company_text) as met_value,
        true as is_certain

    from records
    inner join known_names
        on records.company_name = known_names.company_name
    inner join owners
        on records.company_name = owners.company_name
    group by records.vendor, records.entity_type, records.entity_id, owners.company_key

)

select * from final
