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
        cast(sum(pageview_count) as bigint) as pageview_count

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

touches as (

    select
        company_key,
        count(case when touch_type = 'form_submit' then 1 end) as form_submit_count,
        count(case when touch_type = 'feedback' then 1 end) as feedback_count,
        count(case when touch_type = 'lead' then 1 end) as lead_count,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at,
        min(case when touch_type = 'session' then occurred_at end) as first_visit_at,
        min(case when touch_type = 'call' then occurred_at end) as first_call_at,
        min(case when touch_type = 'lead' then occurred_at end) as first_lead_at

    from {{ ref('fct_touchpoints') }}
    group by company_key

),

-- of touches at one instant the visit comes first: the others happened in it
first_touches as (

    select
        touchpoints.company_key,
        min(
            case touchpoints.touch_type
                when 'session' then 1 when 'form_submit' then 2 when 'lead' then 3 when 'call' then 4 else 5
            end
        ) as place

    from {{ ref('fct_touchpoints') }} as touchpoints
    inner join touches
        on
            touchpoints.company_key = touches.company_key
            and touchpoints.occurred_at = touches.first_touch_at
    group by touchpoints.company_key

),

final as (

    select
        companies.company_key,
        companies.company_name,
        companies.domain,
        coalesce(visits.visit_count, 0) as visit_count,
        coalesce(visits.pageview_count, 0) as pageview_count,
        coalesce(touches.form_submit_count, 0) as form_submit_count,
        coalesce(company_calls.call_count, 0) as call_count,
        coalesce(company_calls.answered_call_count, 0) as answered_call_count,
        company_calls.avg_call_rating,
        coalesce(touches.feedback_count, 0) as feedback_count,
        coalesce(touches.lead_count, 0) as lead_count,
        touches.first_touch_at,
        touches.last_touch_at,
        case first_touches.place
            when 1 then 'session' when 2 then 'form_submit' when 3 then 'lead' when 4 then 'call' when 5 then 'feedback'
        end as first_touch_type,
        {{ whole_days('touches.first_visit_at', 'touches.first_call_at') }} as days_first_visit_to_first_call,
        {{ whole_days('touches.first_visit_at', 'touches.first_lead_at') }} as days_first_visit_to_first_lead,
        cast(
            coalesce(visits.visit_count, 0) * {{ touch_weight('session') }}
            + coalesce(touches.form_submit_count, 0) * {{ touch_weight('form_submit') }}
            + coalesce(company_calls.call_count, 0) * {{ touch_weight('call') }}
            + coalesce(touches.feedback_count, 0) * {{ touch_weight('feedback') }}
            + coalesce(touches.lead_count, 0) * {{ touch_weight('lead') }}
            as double
        ) as engagement_score

    from companies
    left join visits
        on companies.company_key = visits.company_key
    left join touches
        on companies.company_key = touches.company_key
    left join first_touches
        on companies.company_key = first_touches.company_key
    left join company_calls
        on companies.company_key = company_calls.company_key

)

select * from final
