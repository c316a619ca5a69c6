-- One row per record that the operator gave to a company, or to none. Grain: vendor, entity_type, entity_id. Two lines
-- about one record name one company, by two of its hosts for example.

with

overrides as (

    select
        *,
        row_number() over (partition by vendor, entity_type, entity_id order by override_key) as place

    from {{ ref('int_overrides') }}
    where action in ('link', 'unlink')

),

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

final as (

    select
        overrides.vendor,
        overrides.entity_type,
        overrides.entity_id,
        company_anchors.company_key,
        'override' as rule,
        case
            when overrides.action = 'link' then 'the operator''s list: ' || overrides.company_domain
            else 'the operator''s list: nobody''s'
        end
        || coalesce(', ' || overrides.reason, '') as evidence,
        cast(null as varchar) as rests_on_type,
        cast(null as varchar) as rests_on_id,
        case when overrides.action = 'link' then overrides.company_domain end as met_value,
        true as is_certain

    from overrides
    left join company_anchors
        on
            overrides.action = 'link'
            and 'domain:' || overrides.company_domain = company_anchors.anchor
    where overrides.place = 1

)

select * from final
