-- How far each resource is read, and what is missing of it. Grain: vendor, resource.
with

latest_counts as (

    select
        vendor,
        resource,
        greatest(api_count - received_count, 0) as missing

    from ops.completeness
    qualify row_number() over (
        partition by vendor, resource, scope, window_start, window_end order by run_id desc
    ) = 1

),

missing_rows as (

    select
        vendor,
        resource,
        sum(missing) as missing

    from latest_counts
    group by vendor, resource

)

select
    windows.vendor,
    windows.resource,
    timezone($zone, max(case when windows.finished_at is not null then windows.window_end end)) as read_until,
    count(*) - count(windows.finished_at) as unfinished,
    coalesce(max(missing_rows.missing), 0) as missing

from ops.windows as windows
left join missing_rows
    on windows.vendor = missing_rows.vendor and windows.resource = missing_rows.resource
group by windows.vendor, windows.resource
order by windows.vendor, windows.resource
