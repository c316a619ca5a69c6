-- One row per session or contact that changed in raw since the last build: it or its events came with a new
-- load, an event went from it to another, or it went away itself. Grain: record_key. Empty in a full build. `is_new`
-- says that it came with a new load itself.

with

visits as (

    select
        session_key,
        vendor,
        scope_id,
        session_id

    from {{ reported_visits() }} as sessions
    where {{ is_new('load_id') }}

),

-- Smartlook's events come without their session; Snitcher's are stored with it
new_events as (

    select
        session_key,
        project_id as scope_id,
        session_id,
        event_id

    from {{ ref('stg_smartlook__visitor_events') }}
    where {{ is_new('load_id') }}

),

other_visits as (

    select
        session_key,
        'smartlook' as vendor,
        scope_id,
        session_id

    from new_events
    where session_key is not null
    {% if is_increment() %}
        union
        -- where a new event stood before
        select
            visits.session_key,
            visits.vendor,
            visits.scope_id,
            visits.session_id

        from {{ previous('fct_events') }} as events
        inner join new_events
            on events.event_id = new_events.event_id
        inner join {{ previous('int_visits') }} as visits
            on events.session_key = visits.session_key
        where events.vendor = 'smartlook'
    {% endif %}
    {% if some_are_gone('int_visits', reported_visits() ~ ' as reported', ['vendor', 'scope_id', 'session_id']) %}
        union
        select
            visits.session_key,
            visits.vendor,
            visits.scope_id,
            visits.session_id

        from {{ previous('int_visits') }} as visits
        left join {{ reported_visits() }} as reported
            on
                visits.vendor = reported.vendor
                and visits.scope_id = reported.scope_id
                and visits.session_id = reported.session_id
        where reported.session_id is null
    {% endif %}

),

final as (

    select
        session_key as record_key,
        *,
        true as is_new

    from visits
    union all
    select
        other_visits.session_key as record_key,
        other_visits.*,
        false as is_new

    from other_visits
    left join visits
        on other_visits.session_key = visits.session_key
    where visits.session_key is null
    union all
    select
        record_key,
        cast(null as varchar) as session_key,
        vendor,
        cast(null as varchar) as scope_id,
        cast(null as varchar) as session_id,
        true as is_new

    from {{ contacts() }} as contacts
    where {{ is_new('load_id') }}

)

select * from final
