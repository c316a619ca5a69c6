-- Fails when an event is there twice. Guards the increment: it takes out and puts in again the events of changed
-- sessions, and has no others to look at.

select
    event_key,
    count(*) as row_count

from {{ ref('fct_events') }}
{% if is_increment() %}
    where {{ changed_session_keys() }}
{% endif %}
group by event_key
having count(*) > 1
