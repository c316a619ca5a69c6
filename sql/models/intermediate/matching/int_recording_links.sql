-- One row per Smartlook session with its company and why: by what it says of itself, else by its visit. Grain:
-- entity_id. Most sessions say nothing, and then the only visit that fits decides.

with

links as (

    select * from {{ ref('int_links') }}
    where vendor = 'smartlook' and entity_type = 'session'

),

visits as (

    select
        entity_id,
        min(company_key) as company_key,
        min(rule) as rule,
        min(evidence) as evidence

    from {{ ref('int_match_same_visit') }}
    where vendor = 'smartlook' and entity_type = 'session'
    group by entity_id
    having count(*) = 1 and bool_and(is_certain)

),

recordings as (

    select distinct session_id as entity_id
    from {{ ref('int_recordings') }}

),

final as (

    select
        recordings.entity_id,
        case when links.entity_id is null then visits.company_key else links.company_key end as company_key,
        case when links.entity_id is null then visits.rule else links.rule end as rule,
        case when links.entity_id is null then visits.evidence else links.evidence end as evidence,
        links.evidence_against

    from recordings
    left join links
        on recordings.entity_id = links.entity_id
    left join visits
        on recordings.entity_id = visits.entity_id

)

select * from final
