-- One row per call from a page of the site. Grain: call_id.
-- Small enough to be made again by every build, which also takes up what changed at a call's button.

with

calls as (

    select * from {{ ref('stg_snapcall__calls') }}

),

call_status as (

    select * from {{ source('reference', 'call_status') }}

),

links as (

    select * from {{ ref('int_links') }}
    where vendor = 'snapcall' and entity_type = 'call'

),

visits as (

    select * from {{ visits_of_records() }} as visits
    where vendor = 'snapcall' and entity_type = 'call'

),

buttons as (

    select * from {{ ref('stg_snapcall__buttons') }}

),

final as (

    select
        calls.call_id,
        links.company_key,
        visits.session_id,
        visits.session_key,
        visits.channel,
        visits.utm_campaign,
        {{ url_host('calls.page_url') }} as site,
        calls.started_at,
        {{ report_day('calls.started_at') }} as day,
        calls.ended_at,
        calls.duration_seconds,
        calls.call_status as status,
        call_status.is_answered,
        calls.rating,
        calls.button_id,
        -- a call that nobody took rang at its button's agent
        coalesce(calls.agent_email, buttons.agent_email) as agent_email,
        calls.caller_phone,
        calls.caller_email,
        calls.page_url

    from calls
    left join links
        on calls.call_id = links.entity_id
    left join visits
        on calls.call_id = visits.entity_id
    left join buttons
        on calls.button_id = buttons.button_id
    left join call_status
        on lower(calls.call_status) = call_status.status

)

select * from final
