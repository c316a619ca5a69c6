-- One row per SnapCall agent, who is known by e-mail. Grain: agent_email.

with

source as (

    select * from {{ source('raw_snapcall', 'agents') }}

),

renamed as (

    select
        lower({{ clean('email') }}) as agent_email,
        {{ clean('status') }} as agent_status,
        wrap_up_time,
        {{ epoch_instant('last_bridge_end') }} as last_bridge_end_at,
        _dlt_load_id as load_id

    from source

),

-- addresses that differ in case alone are one agent
numbered as (

    select
        *,
        row_number() over (
            partition by agent_email
            order by
                load_id desc,
                last_bridge_end_at desc nulls last,
                agent_status asc nulls last,
                wrap_up_time asc nulls last
        ) as place

    from renamed

),

latest as (

    select
        agent_email,
        agent_status,
        wrap_up_time,
        last_bridge_end_at,
        load_id

    from numbered
    where place = 1 and agent_email is not null

)

select * from latest
