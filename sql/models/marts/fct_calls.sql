-- One row per call from a page of the site. Grain: call_id.
-- Small enough to be made anew each time, which also takes up what changed at a call's button.

with

calls as (

    select * from {{ ref('int_calls') }}

),

call_status as (

    select * from {{ source('reference', 'call_status') }}

),

links as (

    select * from {{ ref('int_links') }}
    where vendor = 'snapcall' and entity_type = 'call'

),

visits as (

    select
        entity_id,
        session_id

    from {{ ref('int_contact_fits') }}
    where entity_type = 'call' and visits_that_fit = 1

),

final as (

    select
        calls.call_id,
        links.company_key,
        visits.session_id,
        {{ url_host('calls.page_url') }} as site,
        calls.started_at,
        calls.ended_at,
        calls.duration_seconds,
        calls.call_status as status,
        call_status.is_answered,
        calls.rating,
        calls.button_id,
        calls.agent_email,
        calls.caller_phone,
        calls.caller_email,
        calls.page_url

    from calls
    left join links
        on calls.call_id = links.entity_id
    left join visits
        on calls.call_id = visits.entity_id
    left join call_status
        on lower(calls.call_status) = call_status.status

)

select * from final
