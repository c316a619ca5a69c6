-- One row per Smartlook session that an increment has to make again: it or its events came with a new load, an event
-- went from it to another, its company or visit is another now, or it went away. Empty while everything is built anew.
-- Grain: session_key.

with

recordings as (

    select * from {{ ref('stg_smartlook__sessions') }}

),

visitor_events as (

    select * from {{ ref('stg_smartlook__visitor_events') }}

),

published_recordings as (

    {% if is_increment() %}
        select
            session_key,
            company_key,
            visit_key

        from {{ published('fct_sessions') }}
        where vendor = 'smartlook'
    {% else %}
        select
            session_key,
            '' as company_key,
            '' as visit_key

        from recordings
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

        from visitor_events
        where false
    {% endif %}

),

new_events as (

    select
        session_key,
        event_id

    from visitor_events
    where {{ is_new('load_id') }}

),

links as (

    select * from {{ ref('int_links') }}
    where vendor = 'smartlook' and entity_type = 'session'

),

recording_visits as (

    select * from {{ ref('int_recording_visits') }}

),

touched as (

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
    select published_recordings.session_key
    from published_recordings
    left join recordings
        on published_recordings.session_key = recordings.session_key
    left join links
        on recordings.session_id = links.entity_id
    left join recording_visits
        on recordings.session_key = recording_visits.session_key
    where
        recordings.session_key is null
        or published_recordings.company_key is distinct from links.company_key
        or published_recordings.visit_key != coalesce(recording_visits.visit_key, recordings.session_key)

)

select * from touched
