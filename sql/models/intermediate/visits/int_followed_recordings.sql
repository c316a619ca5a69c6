-- One row per Smartlook session of which nothing tells its company but its visitor, of whom a company is known. Grain:
-- session_key. A recording that fits a visit of another company has none: somebody else may use the browser.

with

visitors as (

    select * from {{ ref('int_links_4_visitors') }}
    where company_key is not null

),

recordings as (

    select
        recordings.session_key,
        recordings.session_id,
        recordings.visitor_id,
        visitors.company_key

    from {{ ref('int_recording_companies') }} as recordings
    inner join visitors
        on recordings.visitor_id = visitors.entity_id
    where recordings.is_open

),

elsewhere as (

    select distinct recordings.session_key
    from recordings
    inner join {{ ref('int_visit_fits') }} as fits
        on recordings.session_key = fits.record_key
    inner join {{ ref('int_visits_own') }} as sessions
        on fits.visit_key = sessions.session_key
    left join {{ ref('int_named_visits') }} as named_visits
        on fits.visit_key = named_visits.visit_key
    where
        case when named_visits.visit_key is not null then named_visits.company_key else sessions.company_key end
        != recordings.company_key

)

select
    recordings.session_key,
    recordings.session_id,
    recordings.visitor_id,
    recordings.company_key

from recordings
left join elsewhere
    on recordings.session_key = elsewhere.session_key
where elsewhere.session_key is null
