-- One row per company that is not our own, with what it did. Grain: company_key.

with

companies as (

    select * from {{ ref('dim_companies') }}
    where not is_internal

),

visits as (

    select
        company_key,
        count(*) as visit_count,
        sum(pageview_count) as pageview_count

    from {{ ref('fct_sessions') }}
    where is_primary and company_key is not null
    group by company_key

),

company_calls as (

    select
        company_key,
        count(*) as call_count,
        count(case when is_answered then 1 end) as answered_call_count,
        avg(rating) as avg_call_rating

    from {{ ref('fct_calls') }}
    where company_key is not null
    group by company_key

),

kinds_of_touches as (

    select
        company_key,
        touch_type,
        -- of touches at one instant the visit comes first: the others happened in it
        case touch_type
            when 'session' then 1 when 'form_submit' then 2 when 'lead' then 3 when 'call' then 4 else 5
        end as place,
        count(*) as touch_count,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at

    from {{ ref('fct_touchpoints') }}
    group by company_key, touch_type

),

touches as (

    select
        company_key,
        sum(case when touch_type = 'form_submit' then touch_count end) as form_submit_count,
        sum(case when touch_type = 'feedback' then touch_count end) as feedback_count,
        sum(case when touch_type = 'lead' then touch_count end) as lead_count,
        sum(
            case when touch_type not in ('session', 'form_submit', 'call', 'feedback', 'lead') then touch_count end
        ) as other_count,
        min(first_touch_at) as first_touch_at,
        max(last_touch_at) as last_touch_at,
        {{ first_known('touch_type', 'first_touch_at, place') }} as first_touch_type,
        min(case when touch_type = 'session' then first_touch_at end) as first_visit_at,
        min(case when touch_type = 'call' then first_touch_at end) as first_call_at,
        min(case when touch_type = 'lead' then first_touch_at end) as first_lead_at

    from kinds_of_touches
    group by company_key

),

final as (

    select
        companies.company_key,
        companies.company_name,
        companies.domain,
        cast(coalesce(visits.visit_count, 0) as integer) as visit_count,
        cast(coalesce(visits.pageview_count, 0) as integer) as pageview_count,
        cast(coalesce(touches.form_submit_count, 0) as integer) as form_submit_count,
        cast(coalesce(company_calls.call_count, 0) as integer) as call_count,
        cast(coalesce(company_calls.answered_call_count, 0) as integer) as answered_call_count,
        company_calls.avg_call_rating,
        cast(coalesce(touches.feedback_count, 0) as integer) as feedback_count,
        cast(coalesce(touches.lead_count, 0) as integer) as lead_count,
        touches.first_touch_at,
        touches.last_touch_at,
        touches.first_touch_type,
        {{ whole_days('touches.first_visit_at', 'touches.first_call_at') }} as days_first_visit_to_first_call,
        {{ whole_days('touches.first_visit_at', 'touches.first_lead_at') }} as days_first_visit_to_first_lead,
        cast(
            coalesce(visits.visit_count, 0) * {{ touch_weight('session') }}
            + coalesce(touches.form_submit_count, 0) * {{ touch_weight('form_submit') }}
            + coalesce(company_calls.call_count, 0) * {{ touch_weight('call') }}
            + coalesce(touches.feedback_count, 0) * {{ touch_weight('feedback') }}
            + coalesce(touches.lead_count, 0) * {{ touch_weight('lead') }}
            + coalesce(touches.other_count, 0) * {{ touch_weight('other') }}
            as double
        ) as engagement_score

    from companies
    left join visits
        on companies.company_key = visits.company_key
    left join touches
        on companies.company_key = touches.company_key
    left join company_calls
        on companies.company_key = company_calls.company_key

)

select * from final
