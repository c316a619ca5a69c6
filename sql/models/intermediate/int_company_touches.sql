-- One row per dated contact of a company: visits once, however many vendors saw them, forms sent and calls.
-- Grain: touch_type, entity_id.

{{ config(materialized='view') }}

with

sessions as (

    select * from {{ ref('fct_sessions') }}
    where is_primary and company_key is not null

),

events as (

    select * from {{ ref('fct_events') }}
    where event_type = 'form_submit'

),

calls as (

    select * from {{ ref('fct_calls') }}
    where company_key is not null

),

touches as (

    select
        company_key,
        'session' as touch_type,
        session_id as entity_id,
        started_at as occurred_at

    from sessions
    union all
    select
        sessions.company_key,
        'form_submit' as touch_type,
        events.event_id as entity_id,
        events.occurred_at

    from events
    inner join sessions
        on events.session_key = sessions.session_key
    union all
    select
        company_key,
        'call' as touch_type,
        call_id as entity_id,
        started_at as occurred_at

    from calls

)

select * from touches
