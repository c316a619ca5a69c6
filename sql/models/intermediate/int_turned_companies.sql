-- One row per company that became our own, or no longer is, since it was published. Grain: company_key. Empty while
-- everything is built anew.

with

own_companies as (

    select * from {{ ref('int_own_companies') }}

),

published_companies as (

    {% if is_increment() %}
        select
            company_key,
            is_internal
        from {{ published('dim_companies') }}
    {% else %}
        select
            company_key,
            true as is_internal
        from own_companies
    {% endif %}

),

final as (

    select published_companies.company_key
    from published_companies
    left join own_companies
        on published_companies.company_key = own_companies.company_key
    where published_companies.is_internal != (own_companies.company_key is not null)

)

select * from final
