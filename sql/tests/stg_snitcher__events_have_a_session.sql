-- Warns of events whose session is not there: they are in no mart until the session comes. Counted by what the sessions
-- have, since looking for each event's session would read all that there ever were.

{{ config(severity='warn') }}

with

events as (

    select count(*) as event_count
    from {{ ref('stg_snitcher__session_events') }}

),

sessions as (

    select coalesce(sum(event_count), 0) as event_count
    from {{ ref('int_visits') }}
    where vendor = 'snitcher'

)

select
    events.event_count as events,
    sessions.event_count as events_of_sessions

from events
cross join sessions
where events.event_count != sessions.event_count
