-- One row per Smartlook session, with its company and why. Grain: session_key.

{{ config(materialized='view') }}

select
    recordings.session_key,
    recordings.session_id,
    coalesce(followed.company_key, recordings.company_key) as company_key,
    case when followed.session_key is not null then 'same_visitor' else recordings.rule end as rule,
    case when followed.session_key is not null then 'visitor ' || followed.visitor_id else recordings.evidence end
        as evidence,
    recordings.evidence_against

from {{ ref('int_recording_companies') }} as recordings
left join {{ ref('int_followed_recordings') }} as followed
    on recordings.session_key = followed.session_key
