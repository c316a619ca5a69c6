-- Fails when an event is there twice, or of a session that changed another number than it counts. Guards the increment:
-- it takes out and puts in again the events of changed sessions, and has no others to look at.

{% if is_increment() %}
    with

    counted as (

        select
            session_key,
            event_count
        from {{ ref('int_sessions') }}
        where {{ is_new('load_id') }}
        union all
        select
            recordings.session_key,
            recordings.event_count
        from {{ ref('int_recordings') }} as recordings
        inner join {{ ref('int_new_recordings') }} as new_recordings
            on recordings.session_key = new_recordings.session_key

    ),

    found as (

        select
            session_key,
            count(*) as event_count

        from {{ ref('fct_events') }}
        where {{ new_session_keys() }}
        group by session_key

    )

    select
        coalesce(counted.session_key, found.session_key) as session_key,
        coalesce(found.event_count, 0) as row_count

    from counted
    full outer join found
        on counted.session_key = found.session_key
    where coalesce(counted.event_count, 0) != coalesce(found.event_count, 0)
{% else %}
    select
        event_key,
        count(*) as row_count

    from {{ ref('fct_events') }}
    group by event_key
    having count(*) > 1
{% endif %}

-- depends_on: {{ ref('int_sessions') }}, {{ ref('int_recordings') }}, {{ ref('int_new_recordings') }}
