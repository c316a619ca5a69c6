-- One row per Smartlook session that an increment has to publish again: it changed in raw, or its company, its visit or
-- what its link says is another now. Grain: session_key. Empty while everything is built anew.

with

recordings as (

    select
        links.session_key,
        links.session_id,
        links.company_key,
        links.rule,
        links.evidence,
        links.claims_against,
        recording_visits.visit_key

    from {{ ref('int_recording_links') }} as links
    left join {{ ref('int_recording_visits') }} as recording_visits
        on links.session_key = recording_visits.session_key

),

published_recordings as (

    {% if is_increment() %}
        select
            sessions.session_key,
            sessions.company_key,
            sessions.visit_key,
            links.company_key as linked_key,
            links.rule,
            links.evidence,
            links.claims_against

        from {{ published('fct_sessions') }} as sessions
        left join {{ published('company_links') }} as links
            on
                links.vendor = 'smartlook'
                and links.entity_type = 'session'
                and sessions.session_id = links.entity_id
        where sessions.vendor = 'smartlook'
    {% else %}
        select
            session_key,
            company_key,
            coalesce(visit_key, session_key) as visit_key,
            company_key as linked_key,
            rule,
            evidence,
            claims_against

        from recordings
    {% endif %}

),

final as (

    select
        session_key,
        session_id
    from {{ ref('int_new_recordings') }}
    union
    select
        recordings.session_key,
        recordings.session_id
    from recordings
    inner join published_recordings
        on recordings.session_key = published_recordings.session_key
    where
        recordings.company_key is distinct from published_recordings.company_key
        or coalesce(recordings.visit_key, recordings.session_key) != published_recordings.visit_key
        -- an id that two projects have may have a link that says less
        or recordings.company_key is distinct from published_recordings.linked_key
        or recordings.rule is distinct from published_recordings.rule
        or recordings.evidence is distinct from published_recordings.evidence
        or cast(recordings.claims_against as varchar) is distinct from cast(published_recordings.claims_against as varchar)

)

select * from final
