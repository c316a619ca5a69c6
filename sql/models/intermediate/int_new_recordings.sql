-- One row per Smartlook session that changed in raw since the last build: it or its events came with a new load, an
-- event went from it to another, or it went away itself. Grain: session_key. Empty while everything is built anew.
-- `is_new` says that it came with a new load itself.

with

new_events as (

    select
        session_key,
        project_id,
        session_id,
        event_id
    from {{ ref('stg_smartlook__visitor_events') }}
    where {{ is_new('load_id') }}

),

-- where a new event stood before
former_sessions as (

    {% if is_increment() %}
        select
            built_recordings.session_key,
            built_recordings.project_id,
            built_recordings.session_id
        from {{ published('fct_events') }} as published_events
        inner join new_events
            on published_events.event_id = new_events.event_id
        inner join {{ built('int_recordings') }} as built_recordings
            on published_events.session_key = built_recordings.session_key
        where published_events.vendor = 'smartlook'
    {% else %}
        select
            session_key,
            project_id,
            session_id
        from new_events
        where false
    {% endif %}

),

gone_recordings as (

    {% if some_are_gone('int_recordings', ref('stg_smartlook__sessions'), ['project_id', 'session_id']) %}
        select
            built_recordings.session_key,
            built_recordings.project_id,
            built_recordings.session_id
        from {{ built('int_recordings') }} as built_recordings
        left join {{ ref('stg_smartlook__sessions') }} as recordings
            on
                built_recordings.project_id = recordings.project_id
                and built_recordings.session_id = recordings.session_id
        where recordings.session_id is null
    {% else %}
        select
            session_key,
            project_id,
            session_id
        from new_events
        where false
    {% endif %}

),

new_recordings as (

    select
        session_key,
        project_id,
        session_id
    from {{ ref('stg_smartlook__sessions') }}
    where {{ is_new('load_id') }}

),

other_recordings as (

    select
        session_key,
        project_id,
        session_id
    from new_events
    where session_key is not null
    union
    select * from former_sessions
    union
    select * from gone_recordings

),

final as (

    select
        *,
        true as is_new
    from new_recordings
    union all
    select
        other_recordings.*,
        false as is_new
    from other_recordings
    left join new_recordings
        on other_recordings.session_key = new_recordings.session_key
    where new_recordings.session_key is null

)

select * from final
