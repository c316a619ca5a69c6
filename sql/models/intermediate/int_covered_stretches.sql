-- One row per stretch of time that finished loads cover without a gap. Grain: vendor, scope, covered_from_at.
-- Of sessions and calls only: they say whether a day is complete.

with

windows as (

    select * from {{ ref('stg_ops__windows') }}
    where
        (vendor = 'snitcher' and resource = 'sessions')
        or (vendor = 'snapcall' and resource = 'calls')

),

with_reach as (

    select
        vendor,
        scope,
        window_start_at,
        covered_until_at,
        max(covered_until_at) over (
            partition by vendor, scope
            order by window_start_at, covered_until_at
            rows between unbounded preceding and 1 preceding
        ) as reached_at

    from windows
    where window_start_at < covered_until_at

),

numbered as (

    select
        *,
        sum(case when reached_at >= window_start_at then 0 else 1 end) over (
            partition by vendor, scope
            order by window_start_at, covered_until_at
            rows between unbounded preceding and current row
        ) as stretch_number

    from with_reach

),

stretches as (

    select
        vendor,
        scope,
        min(window_start_at) as covered_from_at,
        max(covered_until_at) as covered_until_at

    from numbered
    group by vendor, scope, stretch_number

)

select * from stretches
