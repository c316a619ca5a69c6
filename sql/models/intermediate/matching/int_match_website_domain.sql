-- One row per lead that gave a website of a company's domain. Grain: vendor, entity_type, entity_id. Organisations have
-- the company of their website by being an anchor.

with

records as (

    select * from {{ ref('int_records') }}
    where website_domain is not null

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        company_anchors.company_key,
        'website_domain' as rule,
        'website is of ' || records.website_domain as evidence,
        cast(null as varchar) as rests_on_type,
        cast(null as varchar) as rests_on_id,
        records.website_domain as met_value,
        true as is_certain

    from records
    inner join company_anchors
        on 'domain:' || records.website_domain = company_anchors.anchor

)

select * from final
