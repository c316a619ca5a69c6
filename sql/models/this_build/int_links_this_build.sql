-- One row per record whose link an increment publishes again, or takes out. Grain: vendor, entity_type, entity_id.
-- Empty in a full build.

with

visits as (

    select * from {{ ref('int_visits_this_build') }}

),

links as (

    select * from {{ ref('int_links') }}

),

other_links as (

    {% if is_increment() %}
        select
            coalesce(links.vendor, published.vendor) as vendor,
            coalesce(links.entity_type, published.entity_type) as entity_type,
            coalesce(links.entity_id, published.entity_id) as entity_id

        from links
        full outer join (
            select * from {{ previous('company_links') }}
            where entity_type != 'session'
        ) as published
            on
                links.vendor = published.vendor
                and links.entity_type = published.entity_type
                and links.entity_id = published.entity_id
        where
            links.entity_id is null
            or published.entity_id is null
            or links.company_key is distinct from published.company_key
            or links.rule is distinct from published.rule
            or links.evidence is distinct from published.evidence
            or cast(links.claims_against as varchar) is distinct from cast(published.claims_against as varchar)
    {% else %}
        select
            vendor,
            entity_type,
            entity_id

        from links
        where false
    {% endif %}

)

select distinct
    vendor,
    'session' as entity_type,
    session_id as entity_id

from visits
union all
select * from other_links
