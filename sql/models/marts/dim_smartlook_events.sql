-- One row per event that somebody defined in Smartlook. Grain: event_definition_key.

with

events as (

    select * from {{ ref('stg_smartlook__events') }}

),

final as (

    select
        {{ surrogate_key(["'smartlook'", "project_id", "event_definition_id"]) }} as event_definition_key,
        project_id,
        event_definition_id,
        event_definition_name,
        category_id,
        category_name

    from events

)

select * from final
