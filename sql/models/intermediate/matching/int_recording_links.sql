-- One row per Smartlook session, with its company and why. Grain: session_key.

{{ config(materialized='view') }}

select
    recordings.session_key,
    recordings.session_id,
    coalesce(followed.company_key, recordings.company_key) as company_key,
    case when followed.session_key is not null then 'same_visitor' else recordings.rule end as rule,
    case when followed.session_key is not null then 'visitor ' || followed.visitor_id else recordings.evidence end
        as evidence,
    case when followed.session_key is not null then 'visitor' else recordings.rests_on_type end as rests_on_type,
    case when followed.session_key is not null then followed.visitor_id else recordings.rests_on_id end as rests_on_id,
    case when followed.session_key is null then recordings.met_value end as met_value,
    recordings.evidence_against,
    recordings.claims_against

from {{ ref('int_recording_companies') }} as recordings
left join {{ ref('int_followed_recordings') }} as followed
    on recordings.session_key = followed.session_key
