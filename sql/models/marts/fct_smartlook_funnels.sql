-- One row per step of a Smartlook funnel, with its numbers for the dates of the last reading. Grain: funnel_step_key.
-- A funnel without steps has one row, without step.

with

funnels as (

    select
        *,
        {{ funnel_steps('steps') }} as step_list

    from {{ ref('stg_smartlook__funnels') }}

),

steps as (

    select
        project_id,
        funnel_id,
        unnest(step_list) as reached

    from funnels

),

final as (

    select
        {{ surrogate_key([
            "'smartlook'", "funnels.project_id", "funnels.funnel_id", "coalesce(cast(steps.reached.place as varchar), '')"
        ]) }} as funnel_step_key,
        funnels.project_id,
        funnels.funnel_id,
        funnels.funnel_name,
        funnels.window_start_at,
        funnels.window_end_at,
        funnels.conversion_rate,
        cast(steps.reached.place as integer) as step,
        {{ clean('steps.reached.event_definition_id') }} as event_definition_id,
        {{ clean('steps.reached.event_name') }} as event_name,
        steps.reached.visitor_count,
        steps.reached.percent_from_previous_step,
        funnels.created_at,
        funnels.updated_at

    from funnels
    left join steps
        on
            funnels.project_id = steps.project_id
            and funnels.funnel_id = steps.funnel_id

)

select * from final
