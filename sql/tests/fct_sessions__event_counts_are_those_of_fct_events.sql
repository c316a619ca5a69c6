-- Fails when the sessions count more or fewer events than there are. Guards the increment: the events of a session
-- are replaced as a set, and a set that became smaller must not leave rows behind.

with

counted as (

    select coalesce(sum(event_count), 0) as event_count
    from {{ ref('fct_sessions') }}

),

events as (

    select count(*) as event_count
    from {{ ref('fct_events') }}

)

select
    counted.event_count as counted_in_sessions,
    events.event_count as in_fct_events

from counted
cross join events
where counted.event_count != events.event_count
