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

calls as (

    select * from {{ ref('fct_calls') }}
    where company_key is not null

),

touches as (

    select * from {{ ref('int_company_touches') }}

),

touched as (

    select
        company_key,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at,
        min(case when touch_type = 'session' then occurred_at end) as first_session_at,
        min(case when touch_type = 'form_submit' then occurred_at end) as first_form_submit_at,
        min(case when touch_type = 'call' then occurred_at end) as first_call_at,
        count(case when touch_type = 'session' then 1 end) as visit_count,
        count(case when touch_type = 'form_submit' then 1 end) as form_submit_count,
        count(case when touch_type = 'call' then 1 end) as call_count

    from touches
    group by company_key

),

pageviews as (

    select
        company_key,
        sum(pageview_count) as pageview_count

    from sessions
    group by company_key

),

answers as (

    select
        company_key,
        count(case when is_answered then 1 end) as answered_call_count,
        avg(rating) as avg_call_rating

    from calls
    group by company_key

),

final as (

    select
        companies.company_key,
        companies.company_name,
        companies.domain,
        coalesce(touched.visit_count, 0) as visit_count,
        cast(coalesce(pageviews.pageview_count, 0) as bigint) as pageview_count,
        coalesce(touched.form_submit_count, 0) as form_submit_count,
        coalesce(touched.call_count, 0) as call_count,
        coalesce(answers.answered_call_count, 0) as answered_call_count,
        answers.avg_call_rating,
        -- feedback and leads come with their vendors
        cast(0 as bigint) as feedback_count,
        cast(0 as bigint) as lead_count,
        touched.first_touch_at,
        touched.last_touch_at,
        -- of touches at one instant the visit comes first: the others happened in it
        case touched.first_touch_at
            when touched.first_session_at then 'session'
            when touched.first_form_submit_at then 'form_submit'
            when touched.first_call_at then 'call'
        end as first_touch_type,
        {{ whole_days('touched.first_session_at', 'touched.first_call_at') }} as days_first_visit_to_first_call,
        cast(null as bigint) as days_first_visit_to_first_lead,
        cast(
            coalesce(touched.visit_count, 0) * {{ touch_weight('session') }}
            + coalesce(touched.form_submit_count, 0) * {{ touch_weight('form_submit') }}
            + coalesce(touched.call_count, 0) * {{ touch_weight('call') }}
            as double
        ) as engagement_score

    from companies
    left join touched
        on companies.company_key = touched.company_key
    left join pageviews
        on companies.company_key = pageviews.company_key
    left join answers
        on companies.company_key = answers.company_key

)

select * from final
