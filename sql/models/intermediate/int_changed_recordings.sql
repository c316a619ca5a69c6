-- One row per Smartlook session that an increment has to publish again: it changed in raw, or its company, its visit or
-- what its link says may be another now. Grain: session_key. Empty while everything is built anew.

with

new_recordings as (

    select
        session_key,
        session_id
    from {{ ref('int_new_recordings') }}

),

changed_pairs as (

    select * from {{ ref('int_left_pairs') }}
    union
    select
        session_key,
        recording_id,
        visit_key
    from {{ ref('int_recording_pairs') }}
    where {{ is_changed_pair() if is_increment() else 'false' }}

),

changed_visits as (

    -- how many fit a visit is another number for all of them
    select visit_key from changed_pairs
    union
    select session_key as visit_key
    from {{ ref('int_changed_sessions') }}

),

named_links as (

    select * from {{ ref('int_links') }}
    where vendor = 'smartlook' and entity_type = 'session'

),

published_links as (

    {% if is_increment() %}
        select * from {{ published('company_links') }}
        where vendor = 'smartlook' and entity_type = 'session'
    {% else %}
        select * from named_links
        where false
    {% endif %}

),

relinked as (

    select
        published_links.entity_id,
        published_links.rule,
        named_links.entity_id is not null as is_named

    from published_links
    left join named_links
        on published_links.entity_id = named_links.entity_id
    where
        named_links.entity_id is null
        or published_links.company_key is distinct from named_links.company_key
        or published_links.rule is distinct from named_links.rule
        or published_links.evidence is distinct from named_links.evidence
        or published_links.evidence_against is distinct from named_links.evidence_against

),

changed_ids as (

    select session_id from new_recordings
    union
    select recording_id from changed_pairs
    union
    select pairs.recording_id as session_id
    from {{ ref('int_recording_pairs') }} as pairs
    inner join changed_visits
        on pairs.visit_key = changed_visits.visit_key
    union
    -- of who names nobody, what is said follows from the visit; if it does not, somebody was named
    select entity_id as session_id
    from relinked
    where is_named or rule != 'same_visit'
    union
    select relinked.entity_id as session_id
    from relinked
    inner join {{ ref('int_recording_visits') }} as recording_visits
        on relinked.entity_id = recording_visits.recording_id
    inner join {{ ref('int_attributed_sessions') }} as sessions
        on recording_visits.visit_key = sessions.session_key
    where not relinked.is_named and relinked.rule is null and sessions.company_key is not null

),

final as (

    select * from new_recordings
    union
    -- links are of an id, which two projects may hold
    select
        recordings.session_key,
        recordings.session_id
    from {{ ref('int_recordings') }} as recordings
    inner join changed_ids
        on recordings.session_id = changed_ids.session_id

)

select * from final
