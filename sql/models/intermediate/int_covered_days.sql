-- One row per day of the report's time zone that finished loads of sessions, calls and feedback cover in every scope.
-- Grain: day.

with

stretches as (

    select * from {{ ref('int_covered_stretches') }}

),

scopes as (

    select count(*) as scope_count
    from (
        select distinct
            vendor,
            scope
        from stretches
    ) as loaded

),

days_of_scopes as (

    select
        vendor,
        scope,
        cast(
            unnest({{ day_list(report_day('covered_from_at'), report_day('covered_until_at')) }}) as date
        ) as day,
        covered_from_at,
        covered_until_at

    from stretches

),

covered as (

    select
        day,
        count(*) as scope_count

    from days_of_scopes
    where
        covered_from_at <= {{ day_start('day') }}
        and covered_until_at >= {{ day_start('day + interval 1 day') }}
    group by day

),

final as (

    select covered.day
    from covered
    inner join scopes
        on covered.scope_count = scopes.scope_count

)

select * from final
