-- One row per record that stays unlinked since it might belong to several companies, and company. Grain: vendor,
-- entity_type, entity_id, company_key. The rule is the first that names any company.

with

{{ decided_by([ref('int_link_candidates')]) }},

records as (

    select * from {{ ref('int_records') }}

),

named as (

    select
        placed.vendor,
        placed.entity_type,
        placed.entity_id,
        placed.company_key,
        placed.rule,
        placed.evidence

    from placed
    inner join records
        on
            placed.vendor = records.vendor
            and placed.entity_type = records.entity_type
            and placed.entity_id = records.entity_id
    inner join decided
        on
            placed.vendor = decided.vendor
            and placed.entity_type = decided.entity_type
            and placed.entity_id = decided.entity_id
    where
        not decided.is_decided
        and placed.rule_place = placed.first_place

),

-- of sessions that say nothing of themselves: several visits fit, or the visit fits several sessions
visits as (

    select
        same_visit.vendor,
        same_visit.entity_type,
        same_visit.entity_id,
        same_visit.company_key,
        same_visit.rule,
        same_visit.evidence

    from {{ ref('int_match_same_visit') }} as same_visit
    inner join {{ ref('int_recording_links') }} as links
        on same_visit.entity_id = links.entity_id
    left join records
        on
            same_visit.vendor = records.vendor
            and same_visit.entity_type = records.entity_type
            and same_visit.entity_id = records.entity_id
    where
        same_visit.vendor = 'smartlook'
        and same_visit.entity_type = 'session'
        and links.company_key is null
        and records.entity_id is null

),

final as (

    select * from named
    union all
    select * from visits

)

select * from final
