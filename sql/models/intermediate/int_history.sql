-- One row per warehouse: the days of the report's time zone that loads of sessions, calls and feedback reach into, and
-- whether any was of a vendor of visits. Grain: all of it is one row. The days are NULL before the first load.

with

stretches as (

    select * from {{ ref('int_covered_stretches') }}

),

visits as (

    select count(*) as visit_count
    from {{ ref('int_visits') }}

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
    reached.visit_stretches + visits.visit_count > 0 as has_visits

from reached
cross join visits
