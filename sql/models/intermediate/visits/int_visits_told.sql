-- One row per visit of which anything but its own row tells the company, with what that says. Grain: session_key. A
-- form or a recording tells of a Snitcher session, the session of its visit or its visitor of a recording.
-- `is_stronger` where the vendor's own word does not count beside it.

with

recordings as (

    select * from {{ ref('int_recording_companies') }}

),

named_visits as (

    select * from {{ ref('int_named_visits') }}

),

links as (

    select * from {{ ref('int_links_before_visits') }}
    where vendor = 'smartlook' and entity_type = 'visitor'

),

-- what recordings say of their visitor counts where nothing else tells
visitors as (

    select
        entity_id as visitor_id,
        company_key

    from links
    union all
    select
        matched.entity_id as visitor_id,
        matched.company_key

    from {{ ref('int_match_visitor') }} as matched
    left join links
        on matched.entity_id = links.entity_id
    where matched.is_certain and links.entity_id is null

),

-- of which nothing tells but the visitor, whose company is known
open_recordings as (

    select
        recordings.session_key,
        recordings.session_id,
        recordings.visitor_id,
        visitors.company_key

    from recordings
    inner join visitors
        on recordings.visitor_id = visitors.visitor_id
    where recordings.is_open and visitors.company_key is not null

),

-- one that fits a visit of another company has none: somebody else may use the browser
elsewhere as (

    select distinct recordings.session_key
    from open_recordings as recordings
    inner join {{ ref('int_visit_fits') }} as fits
        on recordings.session_key = fits.record_key
    inner join {{ ref('int_visits_own') }} as sessions
        on fits.visit_key = sessions.session_key
    left join named_visits
        on fits.visit_key = named_visits.visit_key
    where
        case when named_visits.visit_key is not null then named_visits.company_key else sessions.company_key end
        != recordings.company_key

),

followed as (

    select recordings.*
    from open_recordings as recordings
    left join elsewhere
        on recordings.session_key = elsewhere.session_key
    where elsewhere.session_key is null

)

select
    visit_key as session_key,
    cast(null as varchar) as visit_key,
    company_key,
    case when told_by = 'recording' and company_key is not null then 'same_visit' else rule end as rule,
    case
        when told_by = 'recording' and company_key is not null
            then 'same page, time, city and browser as recording ' || recording_id
        else evidence
    end as evidence,
    case when told_by = 'recording' and company_key is not null then 'recording' else rests_on_type end
        as rests_on_type,
    case when told_by = 'recording' and company_key is not null then recording_id else rests_on_id end
        as rests_on_id,
    case when told_by = 'recording' and company_key is not null then null else met_value end as met_value,
    evidence_against,
    claims_against,
    true as is_stronger
from named_visits
union all
select
    recording_visits.visit_key as session_key,
    cast(null as varchar) as visit_key,
    followed.company_key,
    'same_visit' as rule,
    'same page, time, city and browser as recording ' || followed.session_id as evidence,
    'recording' as rests_on_type,
    followed.session_id as rests_on_id,
    cast(null as varchar) as met_value,
    cast(null as varchar) as evidence_against,
    cast(null as json) as claims_against,
    false as is_stronger

from followed
inner join {{ ref('int_visit_fits') }} as recording_visits
    on
        followed.session_key = recording_visits.record_key
        and recording_visits.is_only_fit
left join named_visits
    on recording_visits.visit_key = named_visits.visit_key
where named_visits.visit_key is null
union all
select
    recordings.session_key,
    recordings.visit_key,
    coalesce(followed.company_key, recordings.company_key) as company_key,
    case when followed.session_key is null then recordings.rule else 'same_visitor' end as rule,
    case when followed.session_key is null then recordings.evidence else 'visitor ' || followed.visitor_id end
        as evidence,
    case when followed.session_key is null then recordings.rests_on_type else 'visitor' end as rests_on_type,
    case when followed.session_key is null then recordings.rests_on_id else followed.visitor_id end as rests_on_id,
    case when followed.session_key is null then recordings.met_value end as met_value,
    recordings.evidence_against,
    recordings.claims_against,
    true as is_stronger

from recordings
left join followed
    on recordings.session_key = followed.session_key
