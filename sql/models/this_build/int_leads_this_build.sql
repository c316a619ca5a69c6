-- One row per lead whose credits this build publishes: every one with a company and a date, or those that an increment
-- has to publish again or, where `is_gone`, to take out. Grain: lead_key. A contact gives credit to leads after it
-- alone, so only those can have other credits that came after a contact of their company which went, came or changed.

with

leads as (

    select * from {{ ref('fct_leads') }}
    where company_key is not null and created_at is not null

),

visits as (

    select * from {{ ref('int_visits_this_build') }}

),

contacts as (

    select * from {{ ref('int_touchpoints_this_build') }}

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

),

changed_touchpoints as (

    select
        old_company_key as company_key,
        old_occurred_at as occurred_at
    from contacts
    where old_company_key is not null
    union all
    select
        company_key,
        occurred_at
    from touchpoints
    {% if is_increment() %}
        where
            touchpoint_key in (select contacts.touchpoint_key from contacts)
            or (touch_type in ('session', 'form_submit') and session_key in (select visits.session_key from visits))
    {% else %}
        where false
    {% endif %}

),

first_changes as (

    select
        company_key,
        min(occurred_at) as first_changed_at

    from changed_touchpoints
    group by company_key

),

gone_leads as (

    {% if is_increment() %}
        select distinct published_credits.lead_key
        from {{ previous('lead_attribution') }} as published_credits
        left join leads
            on published_credits.lead_key = leads.lead_key
        where leads.lead_key is null
    {% else %}
        select lead_key from leads
        where false
    {% endif %}

),

final as (

    select
        leads.lead_key,
        leads.company_key,
        leads.created_at,
        case when leads.known_from = 'form' then leads.first_session_id end as asked_session_id,
        false as is_gone

    from leads
    {% if is_increment() %}
        left join first_changes
            on leads.company_key = first_changes.company_key
        left join contacts as taken_out
            on
                {{ surrogate_key(["'lead'", "'snapcrm'", 'leads.lead_key']) }} = taken_out.touchpoint_key
                and taken_out.old_company_key is not null
        where
            leads.created_at >= first_changes.first_changed_at
            -- it may be of our own company now, whose contacts are none
            or taken_out.touchpoint_key is not null
            -- its visit may be another company's
            or leads.first_session_id in (select visits.session_id from visits)
            -- no touchpoint tells that such a lead changed
            or leads.is_internal
    {% endif %}
    union all
    select
        lead_key,
        cast(null as varchar) as company_key,
        cast(null as timestamp with time zone) as created_at,
        cast(null as varchar) as asked_session_id,
        true as is_gone

    from gone_leads

)

select * from final
