-- One row per organisation that belongs to another company than it was published with. Grain: organisation_id. Empty
-- while everything is built anew.

with

organisations as (

    select * from {{ ref('int_organisations') }}

),

published_organisations as (

    {% if is_increment() %}
        select
            entity_id as organisation_id,
            company_key

        from {{ published('company_links') }}
        where vendor = 'snitcher' and entity_type = 'organisation'
    {% else %}
        select
            organisation_id,
            company_key

        from organisations
    {% endif %}

),

final as (

    select organisations.organisation_id
    from organisations
    left join published_organisations
        on organisations.organisation_id = published_organisations.organisation_id
    where organisations.company_key is distinct from published_organisations.company_key

)

select * from final
