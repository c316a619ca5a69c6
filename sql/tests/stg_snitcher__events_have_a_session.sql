-- Warns of events whose session is not there: they are in no mart until the session comes.

{{ config(severity='warn') }}

with

session_events as (

    select * from {{ ref('stg_snitcher__session_events') }}

),

sessions as (

    select * from {{ ref('stg_snitcher__sessions') }}

)

select
    session_events.workspace_id,
    session_events.session_id,
    count(*) as event_count

from session_events
left join sessions
    on
        session_events.workspace_id = sessions.workspace_id
        and session_events.session_id = sessions.session_id
where sessions.session_id is null
group by session_events.workspace_id, session_events.session_id
