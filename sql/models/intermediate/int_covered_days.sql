-- One row per day of the report's time zone, from the first to the last that finished loads of sessions, calls or
-- feedback reach into. Grain: day. `is_covered` says that they cover the day in every scope. A feedback project that
-- the vendor no longer has is not waited for.

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
        and windows.window_start_at < windows.covered_until_at

),

with_reach as (

    select
        *,
        max(covered_until_at) over (
            partition by vendor, scope
            order by window_start_at, covered_until_at
            rows between unbounded preceding and 1 preceding
        ) as reached_at

    from windows

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

-- windows that meet are one stretch
stretches as (

    select
        vendor,
        scope,
        min(window_start_at) as covered_from_at,
        max(covered_until_at) as covered_until_at

    from numbered
    group by vendor, scope, stretch_number

),

history as (

    select
        min({{ report_day('covered_from_at') }}) as first_day,
        -- a stretch that ends at midnight does not reach into the day that begins there
        max({{ report_day("covered_until_at - interval '1 microsecond'") }}) as last_day,
        count(distinct vendor || ':' || coalesce(scope, '')) as scope_count,
        count(case when vendor in ('snitcher', 'smartlook') then 1 end) > 0 as has_visits

    from stretches

),

days as (

    select
        cast(unnest({{ day_list('first_day', 'last_day') }}) as date) as day,
        scope_count,
        has_visits

    from history

),

final as (

    select
        days.day,
        days.has_visits,
        count(stretches.vendor) = days.scope_count as is_covered

    from days
    left join stretches
        on
            stretches.covered_from_at <= {{ day_start('days.day') }}
            and stretches.covered_until_at >= {{ day_start("days.day + interval '1 day'") }}
    group by days.day, days.has_visits, days.scope_count

)

select * from final
