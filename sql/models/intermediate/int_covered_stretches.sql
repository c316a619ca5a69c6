-- One row per stretch of time that finished loads cover without a gap. Grain: vendor, scope, covered_from_at.
-- Of what happens day by day: sessions, calls and feedback say whether a day is complete. A feedback project that the
-- vendor no longer has is not waited for.

with

projects as (

    select * from {{ ref('stg_usersnap__projects') }}

),

windows as (

    select windows.*
    from {{ ref('stg_ops__windows') }} as windows
    left join projects
        on
            windows.vendor = 'usersnap'
            and windows.scope = projects.project_id
    where
        (
            (windows.vendor in ('snitcher', 'smartlook') and windows.resource = 'sessions')
            or (windows.vendor = 'snapcall' and windows.resource = 'calls')
            or (windows.vendor = 'usersnap' and windows.resource = 'feedbacks')
        )
        and projects.missing_since_at is null

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
