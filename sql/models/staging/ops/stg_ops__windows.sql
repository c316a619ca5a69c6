-- One row per finished stretch of time of one resource and scope. Grain: vendor, resource, scope, window_start_at.

with

source as (

    select * from {{ source('ops', 'windows') }}

),

renamed as (

    select
        vendor,
        resource,
        scope,
        window_start as window_start_at,
        -- what a window that reaches into the future has read ends when it was read
        least(window_end, finished_at) as covered_until_at,
        finished_at

    from source
    where finished_at is not null

)

select * from renamed
