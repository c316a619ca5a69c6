-- One row per lead and touchpoint that has a part in it. Grain: lead_key, touchpoint_key. Visits, calls, feedback and
-- other contacts of the lead's company in the 90 days up to the moment when the person asked, and the visit in which
-- they asked, from any network; the lead itself where there is none.

{{ config(materialized='incremental', unique_key='lead_key', meta={'changed': 'int_leads_this_build'}) }}

with

leads as (

    select * from {{ ref('int_leads_this_build') }}
    where not is_gone

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

),

-- a form is part of its visit, and other people's leads are nobody else's credit
contacts as (

    select
        leads.lead_key,
        touchpoints.touchpoint_key

    from leads
    inner join touchpoints
        on leads.company_key = touchpoints.company_key
    where
        touchpoints.occurred_at <= leads.created_at
        and {{ seconds_between('touchpoints.occurred_at', 'leads.created_at') }} <= 90 * 86400
        and (
            touchpoints.touch_type not in ('form_submit', 'lead')
            or (touchpoints.touch_type = 'lead' and touchpoints.entity_id = leads.lead_key)
        )
    union
    select
        leads.lead_key,
        touchpoints.touchpoint_key

    from leads
    inner join touchpoints
        on leads.asked_session_id = touchpoints.entity_id
    inner join {{ ref('dim_companies') }} as companies
        on leads.company_key = companies.company_key
    where touchpoints.touch_type = 'session' and touchpoints.vendor = 'snitcher' and not companies.is_internal

),

dated as (

    select
        contacts.lead_key,
        contacts.touchpoint_key,
        leads.company_key,
        touchpoints.occurred_at,
        touchpoints.channel,
        touchpoints.utm_campaign,
        -- the form may bear a time before the first page
        greatest({{ seconds_between('touchpoints.occurred_at', 'leads.created_at') }}, 0) / 86400.0 as age_days,
        touchpoints.touch_type = 'lead' as is_lead,
        min(case when touchpoints.touch_type = 'lead' then 1 else 0 end) over (partition by contacts.lead_key) = 1
            as stands_alone

    from contacts
    inner join leads
        on contacts.lead_key = leads.lead_key
    inner join touchpoints
        on contacts.touchpoint_key = touchpoints.touchpoint_key

),

credited as (

    select
        *,
        row_number() over (
            partition by lead_key
            order by occurred_at, touchpoint_key
        ) as place,
        count(*) over (partition by lead_key) as credit_count,
        -- half as much for every seven days
        power(0.5, age_days / 7.0) as decayed

    from dated
    where not is_lead or stands_alone

),

final as (

    select
        lead_key,
        touchpoint_key,
        company_key,
        occurred_at,
        channel,
        utm_campaign,
        cast(case when place = 1 then 1 else 0 end as double) as first_touch_weight,
        cast(case when place = credit_count then 1 else 0 end as double) as last_touch_weight,
        cast(1.0 / credit_count as double) as linear_weight,
        -- in one order, so that every build adds up to the last digit alike
        cast(decayed / sum(decayed) over (
            partition by lead_key
            order by place
            rows between unbounded preceding and unbounded following
        ) as double) as time_decay_weight

    from credited

)

select * from final
