-- Fails when an event is there twice. Guards the increment: it takes out and puts in again the events of changed
-- sessions, and has no others to look at.

with

this_build as (

    select * from {{ ref('int_visits_this_build') }}

)

select
    events.event_key,
    count(*) as row_count

from {{ ref('fct_events') }} as events
{% if is_increment() %}
    inner join this_build
        on events.session_key = this_build.session_key
{% endif %}
group by events.event_key
having count(*) > 1
