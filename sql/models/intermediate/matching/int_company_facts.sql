-- One row per company that has an organisation, with what its organisations say of it. Grain: company_key. Facts are
-- those of the organisation seen last, filled from the others.

with

ranked as (

    select
        *,
        row_number() over (
            partition by company_key
            order by last_seen_at desc nulls last, organisation_id asc
        ) as place

    from {{ ref('int_organisations') }}
    where company_key is not null

),

described as (

    select
        company_key,
        {{ first_known('organisation_name', 'place') }} as company_name,
        {{ first_known('company_domain', 'place') }} as domain,
        {{ first_known('industry', 'place') }} as industry,
        {{ first_known('size_band', 'place') }} as size_band,
        {{ first_known('country_code', 'place') }} as country_code,
        {{ first_known('city', 'place') }} as city,
        {{ first_known('phone', 'place') }} as phone,
        {{ merged_texts('tags') }} as tags,
        {{ merged_texts('segments') }} as segments,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at

    from ranked
    group by company_key

)

select * from described
