-- One row per Smartlook session that an increment has to publish again: it changed in raw, or its company, its visit or
-- what its link says is another now. Grain: session_key. Empty while everything is built anew.

with

recordings as (

    select * from {{ ref('int_recordings') }}

),

new_recordings as (

    select * from {{ ref('int_new_recordings') }}

),

published_recordings as (

    {% if is_increment() %}
        select
            session_key,
            session_id,
            company_key,
            visit_key
        from {{ published('fct_sessions') }}
        where vendor = 'smartlook'
    {% else %}
        select
            session_key,
            session_id,
            '' as company_key,
            '' as visit_key
        from recordings
        where false
    {% endif %}

),

published_links as (

    {% if is_increment() %}
        select
            entity_id,
            evidence,
            evidence_against
        from {{ published('company_links') }}
        where vendor = 'smartlook' and entity_type = 'session' and rule is not null
    {% else %}
        select
            session_id as entity_id,
            '' as evidence,
            '' as evidence_against
        from recordings
        where false
    {% endif %}

),

links as (

    select * from {{ ref('int_recording_links') }}

),

-- what is said of the others follows from their visit
named_links as (

    select * from {{ ref('int_links') }}
    where vendor = 'smartlook' and entity_type = 'session'

),

recording_visits as (

    select * from {{ ref('int_recording_visits') }}

),

final as (

    select
        new_recordings.session_key,
        coalesce(recordings.session_id, published_recordings.session_id) as session_id
    from new_recordings
    left join recordings
        on new_recordings.session_key = recordings.session_key
    left join published_recordings
        on new_recordings.session_key = published_recordings.session_key
    union
    select
        published_recordings.session_key,
        published_recordings.session_id
    from published_recordings
    left join links
        on published_recordings.session_id = links.entity_id
    left join recording_visits
        on published_recordings.session_key = recording_visits.session_key
    where
        published_recordings.company_key is distinct from links.company_key
        or published_recordings.visit_key != coalesce(recording_visits.visit_key, published_recordings.session_key)
    union
    select
        recordings.session_key,
        recordings.session_id
    from published_links
    inner join named_links
        on published_links.entity_id = named_links.entity_id
    inner join recordings
        on published_links.entity_id = recordings.session_id
    where
        published_links.evidence is distinct from named_links.evidence
        or published_links.evidence_against is distinct from named_links.evidence_against

)

select * from final
