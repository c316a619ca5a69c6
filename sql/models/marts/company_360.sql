-- One row per company that is not our own, with what it did. Grain: company_key.

with

companies as (

    select * from {{ ref('dim_companies') }}
    where not is_internal

),

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

visits as (

    select
        company_key,
        count(*) as visit_count,
        cast(sum(pageview_count) as bigint) as pageview_count,
        min(started_at) as first_visit_at,
        max(started_at) as last_visit_at

    from sessions
    group by company_key

),

form_submits as (

    select
        sessions.company_key,
        count(*) as form_submit_count,
        min(events.occurred_at) as first_form_submit_at,
        max(events.occurred_at) as last_form_submit_at

    from events
    inner join sessions
        on events.session_key = sessions.session_key
    group by sessions.company_key

),

company_calls as (

    select
        company_key,
        count(*) as call_count,
        count(case when is_answered then 1 end) as answered_call_count,
        avg(rating) as avg_call_rating,
        min(started_at) as first_call_at,
        max(started_at) as last_call_at

    from calls
    group by company_key

),

final as (

    select
        companies.company_key,
        companies.company_name,
        companies.domain,
        coalesce(visits.visit_count, 0) as visit_count,
        coalesce(visits.pageview_count, 0) as pageview_count,
        coalesce(form_submits.form_submit_count, 0) as form_submit_count,
        coalesce(company_calls.call_count, 0) as call_count,
        coalesce(company_calls.answered_call_count, 0) as answered_call_count,
        company_calls.avg_call_rating,
        -- feedback and leads come with their vendors
        cast(0 as bigint) as feedback_count,
        cast(0 as bigint) as lead_count,
        least(visits.first_visit_at, form_submits.first_form_submit_at, company_calls.first_call_at) as first_touch_at,
        greatest(visits.last_visit_at, form_submits.last_form_submit_at, company_calls.last_call_at) as last_touch_at,
        -- of touches at one instant the visit comes first: the others happened in it
        case least(visits.first_visit_at, form_submits.first_form_submit_at, company_calls.first_call_at)
            when visits.first_visit_at then 'session'
            when form_submits.first_form_submit_at then 'form_submit'
            when company_calls.first_call_at then 'call'
        end as first_touch_type,
        {{ whole_days('visits.first_visit_at', 'company_calls.first_call_at') }} as days_first_visit_to_first_call,
        cast(null as bigint) as days_first_visit_to_first_lead,
        cast(
            coalesce(visits.visit_count, 0) * {{ touch_weight('session') }}
            + coalesce(form_submits.form_submit_count, 0) * {{ touch_weight('form_submit') }}
            + coalesce(company_calls.call_count, 0) * {{ touch_weight('call') }}
            as double
        ) as engagement_score

    from companies
    left join visits
        on companies.company_key = visits.company_key
    left join form_submits
        on companies.company_key = form_submits.company_key
    left join company_calls
        on companies.company_key = company_calls.company_key

)

select * from final
