-- One row per Smartlook session, with the company of its visit, or else of the address under which it was named, and
-- why. Grain: session_key. `is_open` says that nothing tells anything of its company, so that its visitor may.

with

links as (

    select * from {{ ref('int_links_before_visits') }}
    where vendor = 'smartlook' and entity_type = 'session'

),

-- our own people are no customers, also where somebody else uses their browser
own_recordings as (

    select entity_id
    from {{ ref('int_records') }}
    where vendor = 'smartlook' and entity_type = 'session' and is_own_email

),

placed as (

    select
        recordings.session_key,
        recordings.session_id,
        recordings.visitor_id,
        recording_visits.visit_key,
        recording_visits.session_id as visit_session_id,
        case
            when named_visits.visit_key is not null then named_visits.company_key
            when sessions.rule is not null then sessions.company_key
            when recording_visits.visit_key is null then links.company_key
        end as company_key,
        named_visits.visit_key is not null or sessions.rule is not null as is_told_by_visit,
        links.entity_id is not null or own_recordings.entity_id is not null as is_named,
        links.company_key as named_key,
        links.rule as named_rule,
        links.evidence as named_evidence,
        links.rests_on_type as named_type,
        links.rests_on_id as named_id,
        links.met_value

    from {{ ref('int_visits') }} as recordings
    left join {{ ref('int_visit_fits') }} as recording_visits
        on
            recordings.session_key = recording_visits.record_key
            and recording_visits.is_only_fit
    left join {{ ref('int_visits_own') }} as sessions
        on recording_visits.visit_key = sessions.session_key
    left join {{ ref('int_named_visits') }} as named_visits
        on recording_visits.visit_key = named_visits.visit_key
    left join links
        on recordings.session_id = links.entity_id
    left join own_recordings
        on recordings.session_id = own_recordings.entity_id
    where recordings.vendor = 'smartlook'

),

compared as (

    select
        *,
        named_rule is not null and coalesce(named_key, '') = coalesce(company_key, '') as is_same,
        named_rule is not null and coalesce(named_key, '') != coalesce(company_key, '') as is_other

    from placed

),

final as (

    select
        session_key,
        session_id,
        visitor_id,
        visit_key,
        company_key,
        not is_named and not is_told_by_visit as is_open,
        -- its own rule stands where it says the same as its visit
        case
            when is_same then named_rule
            when company_key is not null then 'same_visit'
        end as rule,
        case
            when is_same then named_evidence
            when company_key is not null then 'same page, time, city and browser as session ' || visit_session_id
        end as evidence,
        case when is_same then named_type when company_key is not null then 'session' end as rests_on_type,
        case when is_same then named_id when company_key is not null then visit_session_id end as rests_on_id,
        case when is_same then met_value end as met_value,
        case when is_other then named_rule || ': ' || named_evidence end as evidence_against,
        case when is_other then {{ claim('named_rule', 'named_key', 'named_evidence') }} end as claims_against

    from compared

)

select * from final
