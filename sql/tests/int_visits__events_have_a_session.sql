-- Warns of events whose session is not there: they are in no mart until the session comes. Counted by what the sessions
-- have, since looking for each event's session would read all that there ever were.

{{ config(severity='warn', meta={
    'sentence': '{vendor}: of {events:,} events, {events_of_sessions:,} are of sessions that are loaded; the others are in'
    ~ ' no table until their sessions come. If they stay away, run leadpath sync --full-refresh {vendor}.sessions'
}) }}

with

events as (

    select
        'snitcher' as vendor,
        count(*) as event_count
    from {{ ref('stg_snitcher__session_events') }}
    union all
    select
        'smartlook' as vendor,
        count(*) as event_count
    from {{ ref('stg_smartlook__visitor_events') }}

),

visits as (

    select
        vendor,
        sum(event_count) as event_count
    from {{ ref('int_visits') }}
    group by vendor

)

select
    events.vendor,
    events.event_count as events,
    coalesce(visits.event_count, 0) as events_of_sessions

from events
left join visits
    on events.vendor = visits.vendor
where events.event_count != coalesce(visits.event_count, 0)
