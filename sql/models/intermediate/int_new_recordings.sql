-- One row per Smartlook session that changed in raw since the last build: it or its events came with a new load, an
-- event went from it to another, or it went away itself. Grain: session_key. Empty while everything is built anew.

with

recordings as (

    select * from {{ ref('stg_smartlook__sessions') }}

),

new_events as (

    select
        session_key,
        session_id,
        event_id
    from {{ ref('stg_smartlook__visitor_events') }}
    where {{ is_new('load_id') }}

),

built_recordings as (

    {% if some_are_gone('int_recordings', ref('stg_smartlook__sessions'), ['project_id', 'session_id']) %}
        select session_key from {{ built('int_recordings') }}
    {% else %}
        select session_key from recordings
        where false
    {% endif %}

),

published_events as (

    {% if is_increment() %}
        select
            session_key,
            event_id
        from {{ published('fct_events') }}
        where vendor = 'smartlook'
    {% else %}
        select
            session_key,
            event_id
        from new_events
        where false
    {% endif %}

),

final as (

    select session_key from recordings
    where {{ is_new('load_id') }}
    union
    select session_key from new_events
    where session_key is not null
    union
    -- where a new event stood before
    select published_events.session_key
    from published_events
    inner join new_events
        on published_events.event_id = new_events.event_id
    union
    select session_key from built_recordings
    where
        not exists (
            select 1
            from recordings
            where recordings.session_key = built_recordings.session_key
        )

)

select * from final
