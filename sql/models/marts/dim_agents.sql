-- One row per agent who takes calls. Grain: agent_email.

with

agents as (

    select * from {{ ref('stg_snapcall__agents') }}

),

final as (

    select
        agent_email,
        agent_status,
        wrap_up_time,
        last_bridge_end_at

    from agents

)

select * from final
