-- One row per session that an increment has to make again: it or its events came with a new load, its events went
-- away, its organisation belongs to another company now, or it went away itself. Empty while everything is built
-- anew. Grain: session_key.

with

sessions as (

    select * from {{ ref('stg_snitcher__sessions') }}

),

session_events as (

    select * from {{ ref('stg_snitcher__session_events') }}

),

moved_organisations as (

    select * from {{ ref('int_moved_organisations') }}

),

published_sessions as (

    {% if is_increment() %}
        select
            session_key,
            session_id,
            event_count

        from {{ published('fct_sessions') }}
        where vendor = 'snitcher'
    {% else %}
        select
            session_key,
            session_id,
            0 as event_count

        from sessions
        where false
    {% endif %}

),

sessions_with_new_events as (

    select distinct
        workspace_id,
        session_id

    from session_events
    where {{ is_new('load_id') }}

),

-- no row of theirs came with a new load: the events went away, and the session is as it was
sessions_without_events as (

    select published_sessions.session_key
    from published_sessions
    inner join sessions
        on published_sessions.session_key = sessions.session_key
    left join session_events
        on
            sessions.workspace_id = session_events.workspace_id
            and sessions.session_id = session_events.session_id
    where published_sessions.event_count > 0 and session_events.session_id is null

),

given_sessions as (

    select entity_id as session_id
    from {{ ref('int_match_override') }}
    where vendor = 'snitcher' and entity_type = 'session' and {{ 'true' if is_increment() else 'false' }}

),

final as (

    select
        sessions.session_key,
        sessions.workspace_id,
        sessions.session_id

    from sessions
    left join moved_organisations
        on sessions.organisation_id = moved_organisations.organisation_id
    left join sessions_with_new_events
        on
            sessions.workspace_id = sessions_with_new_events.workspace_id
            and sessions.session_id = sessions_with_new_events.session_id
    left join sessions_without_events
        on sessions.session_key = sessions_without_events.session_key
    where
        {{ is_new('sessions.load_id') }}
        or moved_organisations.organisation_id is not null
        or sessions_with_new_events.session_id is not null
        or sessions_without_events.session_key is not null
        -- few, and their company may have another key now
        or sessions.session_id in (select given_sessions.session_id from given_sessions)
    union all
    select
        published_sessions.session_key,
        cast(null as varchar) as workspace_id,
        published_sessions.session_id

    from published_sessions
    left join sessions
        on published_sessions.session_key = sessions.session_key
    where sessions.session_key is null

)

select * from final
