-- One row per record whose e-mail address is of a company's domain. Grain: vendor, entity_type, entity_id.

with

records as (

    select * from {{ ref('int_records') }}
    where email_domain is not null

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
        'email_domain' as rule,
        'e-mail ' || records.email || ' is of ' || records.email_domain as evidence,
        cast(null as varchar) as rests_on_type,
        cast(null as varchar) as rests_on_id,
        records.email_domain as met_value,
        true as is_certain

    from records
    inner join company_anchors
        on 'domain:' || records.email_domain = company_anchors.anchor

)

select * from final
