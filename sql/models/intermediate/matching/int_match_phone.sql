-- One row per call or lead and company whose phone number it has. Grain: vendor, entity_type, entity_id, company_key. A
-- company has the numbers of its organisations, and those that came with an address or a website of its domain.

with

records as (

    select * from {{ ref('int_records') }}
    where phone is not null

),

organisations as (

    select
        unnest(phones) as phone,
        company_key,
        organisation_id

    from {{ ref('int_organisations') }}
    where company_key is not null

),

-- what numbers lean on
domain_links as (

    {{ decided_by([ref('int_match_override'), ref('int_match_domain')]) }}

),

stated as (

    select
        phone,
        company_key,
        'organisation ' || organisation_id as owner

    from organisations
    union all
    select
        records.phone,
        domain_links.company_key,
        records.entity_type || ' ' || records.entity_id as owner

    from records
    inner join domain_links
        on
            records.vendor = domain_links.vendor
            and records.entity_type = domain_links.entity_type
            and records.entity_id = domain_links.entity_id
    where domain_links.company_key is not null

),

owners as (

    select
        phone,
        company_key,
        -- `organisation` comes after `call` and `lead`, and says more
        max(owner) as owner

    from stated
    group by phone, company_key

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        owners.company_key,
        'phone' as rule,
        'number ' || records.phone || ' is that of ' || owners.owner as evidence,
        {{ first_word('owners.owner') }} as rests_on_type,
        {{ rest_of_words('owners.owner') }} as rests_on_id,
        records.phone as met_value,
        true as is_certain

    from records
    inner join owners
        on records.phone = owners.phone

)

select * from final
