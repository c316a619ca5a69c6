-- One row per record that stays unlinked since it might belong to several companies, and company. Grain: vendor,
-- entity_type, entity_id, company_key. The rule is the first that names any company.

with

links as (

    select * from {{ ref('int_links') }}

),

candidates as (

    select
        candidates.vendor,
        candidates.entity_type,
        candidates.entity_id,
        candidates.company_key,
        candidates.rule,
        candidates.evidence,
        {{ rule_place('candidates.rule') }} as rule_place

    from {{ ref('int_link_candidates') }} as candidates
    inner join links
        on
            candidates.vendor = links.vendor
            and candidates.entity_type = links.entity_type
            and candidates.entity_id = links.entity_id
    where links.rule is null

),

placed as (

    select
        *,
        min(rule_place) over (partition by vendor, entity_type, entity_id) as first_place

    from candidates

),

-- of sessions that name nobody: several visits fit, or the visit fits several sessions
visits as (

    select
        fits.recording_id as entity_id,
        sessions.company_key,
        'same page, time, city and browser as session ' || min(fits.session_id) as evidence

    from {{ ref('int_recording_fits') }} as fits
    inner join {{ ref('int_attributed_sessions') }} as sessions
        on fits.visit_key = sessions.session_key
    left join {{ ref('int_recording_links') }} as recording_links
        on fits.recording_id = recording_links.entity_id
    where
        sessions.company_key is not null
        and recording_links.entity_id is null
    group by fits.recording_id, sessions.company_key

),

final as (

    select
        vendor,
        entity_type,
        entity_id,
        company_key,
        rule,
        evidence
    from placed
    where rule_place = first_place
    union all
    select
        'smartlook' as vendor,
        'session' as entity_type,
        entity_id,
        company_key,
        'same_visit' as rule,
        evidence
    from visits

)

select * from final
