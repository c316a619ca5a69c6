-- One row per warehouse: the days of the report's time zone that loads of sessions, calls and feedback reach into, and
-- whether any was of a vendor of visits. Grain: all of it is one row. The days are NULL before the first load.

with

stretches as (

    select * from {{ ref('int_covered_stretches') }}

),

sessions as (

    select count(*) as session_count
    from {{ ref('int_sessions') }}

),

recordings as (

    select count(*) as recording_count
    from {{ ref('int_recordings') }}

),

reached as (

    select
        min({{ report_day('covered_from_at') }}) as first_day,
        -- a stretch that ends at midnight does not reach into the day that begins there
        max({{ report_day("covered_until_at - interval '1 microsecond'") }}) as last_day,
        count(case when vendor in ('snitcher', 'smartlook') then 1 end) as visit_stretches

    from stretches

)

select
    reached.first_day,
    reached.last_day,
    reached.visit_stretches + sessions.session_count + recordings.recording_count > 0 as has_visits

from reached
cross join sessions
cross join recordings
