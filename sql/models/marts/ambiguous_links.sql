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

named_recordings as (

    select entity_id from links
    where vendor = 'smartlook' and entity_type = 'session'

),

-- of sessions that name nobody: several visits fit, or the visit fits several sessions
unlinked_recordings as (

    select company_links.entity_id
    from {{ ref('company_links') }} as company_links
    left join named_recordings
        on company_links.entity_id = named_recordings.entity_id
    where
        company_links.vendor = 'smartlook'
        and company_links.entity_type = 'session'
        and company_links.rule is null
        and named_recordings.entity_id is null

),

visits as (

    select
        unlinked_recordings.entity_id,
        sessions.company_key,
        'same page, time, city and browser as session ' || min(fits.session_id) as evidence

    from unlinked_recordings
    inner join {{ ref('int_recording_fits') }} as fits
        on unlinked_recordings.entity_id = fits.recording_id
    inner join {{ ref('int_attributed_sessions') }} as sessions
        on fits.visit_key = sessions.session_key
    where sessions.company_key is not null
    group by unlinked_recordings.entity_id, sessions.company_key

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
