-- One row per Snitcher session that an increment has to publish again: it changed in raw, its organisation belongs to
-- another company now, the operator gave it to one, or forms and recordings tell another of its visit. Grain:
-- session_key. Empty while everything is built anew.

with

new_sessions as (

    select * from {{ ref('int_new_sessions') }}

),

moved_organisations as (

    select * from {{ ref('int_moved_organisations') }}

),

given_sessions as (

    select entity_id as session_id
    from {{ ref('int_match_override') }}
    where vendor = 'snitcher' and entity_type = 'session' and {{ 'true' if is_increment() else 'false' }}

),

-- what forms and recordings tell now, and what they told when it was published
told_sessions as (

    select sessions.session_id
    from {{ ref('int_named_visits') }} as named_visits
    inner join {{ ref('int_sessions') }} as sessions
        on named_visits.visit_key = sessions.session_key
    union
    select recording_visits.session_id
    from {{ ref('int_followed_recordings') }} as followed
    inner join {{ ref('int_recording_visits') }} as recording_visits
        on followed.session_key = recording_visits.session_key
    {% if is_increment() %}
        union
        select entity_id as session_id
        from {{ published('company_links') }}
        where
            vendor = 'snitcher'
            and entity_type = 'session'
            and (evidence_against is not null or rule not in ('override', 'own_organisation'))
    {% endif %}

),

retold_sessions as (

    select
        sessions.session_key,
        sessions.session_id

    from {{ ref('int_attributed_sessions') }} as sessions
    inner join told_sessions
        on sessions.session_id = told_sessions.session_id
    {% if is_increment() %}
        inner join {{ published('company_links') }} as links
            on
                links.vendor = 'snitcher'
                and links.entity_type = 'session'
                and sessions.session_id = links.entity_id
        where
            sessions.company_key is distinct from links.company_key
            or sessions.rule is distinct from links.rule
            or sessions.evidence is distinct from links.evidence
            or cast(sessions.claims_against as varchar) is distinct from cast(links.claims_against as varchar)
    {% else %}
        where false
    {% endif %}

),

final as (

    select
        session_key,
        session_id
    from new_sessions
    union
    select
        session_key,
        session_id
    from retold_sessions
    union
    select
        sessions.session_key,
        sessions.session_id
    from {{ ref('int_sessions') }} as sessions
    inner join moved_organisations
        on sessions.organisation_id = moved_organisations.organisation_id
    union
    -- few, and their company may have another key now
    select
        sessions.session_key,
        sessions.session_id
    from {{ ref('int_sessions') }} as sessions
    inner join given_sessions
        on sessions.session_id = given_sessions.session_id

)

select * from final
