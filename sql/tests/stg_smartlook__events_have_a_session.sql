-- Warns of Smartlook events whose session is not there: they are in no mart until the session comes.

{{ config(severity='warn') }}

with

visitor_events as (

    select * from {{ ref('stg_smartlook__visitor_events') }}

),

sessions as (

    select * from {{ ref('stg_smartlook__sessions') }}

)

select
    visitor_events.project_id,
    visitor_events.session_id,
    count(*) as event_count

from visitor_events
left join sessions
    on
        visitor_events.project_id = sessions.project_id
        and visitor_events.session_id = sessions.session_id
where sessions.session_id is null
group by visitor_events.project_id, visitor_events.session_id
