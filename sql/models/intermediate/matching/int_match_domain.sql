-- One row per record and rule by which its e-mail address, or the website that a lead gave, is of a company's domain.
-- Grain: vendor, entity_type, entity_id, rule. Organisations have the company of their website by being an anchor.

with

records as (

    select * from {{ ref('int_records') }}

),

domains as (

    select
        vendor,
        entity_type,
        entity_id,
        'email_domain' as rule,
        email_domain as met_value,
        'e-mail ' || email || ' is of ' || email_domain as evidence

    from records
    where email_domain is not null
    union all
    select
        vendor,
        entity_type,
        entity_id,
        'website_domain' as rule,
        website_domain as met_value,
        'website is of ' || website_domain as evidence

    from records
    where website_domain is not null

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

final as (

    select
        domains.vendor,
        domains.entity_type,
        domains.entity_id,
        company_anchors.company_key,
        domains.rule,
        domains.evidence,
        cast(null as varchar) as rests_on_type,
        cast(null as varchar) as rests_on_id,
        domains.met_value,
        true as is_certain

    from domains
    inner join company_anchors
        on 'domain:' || domains.met_value = company_anchors.anchor

)

select * from final
