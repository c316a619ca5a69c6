-- One row per call, feedback and lead of somebody who is not our own, and per company and day with visits: on which day
-- of the report's time zone it was. Grain: none; it is counted by day.

{{ config(materialized='view') }}

with

internal_companies as (

    select company_key from {{ ref('dim_companies') }}
    where is_internal

),

-- visits are many: one row per company and day
contacts as (

    select
        'visit' as kind,
        company_key,
        {{ report_day('started_at') }} as day,
        count(*) as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_sessions') }}
    where is_primary
    group by company_key, {{ report_day('started_at') }}
    union all
    select
        'call' as kind,
        company_key,
        {{ report_day('started_at') }} as day,
        1 as contact_count,
        case when is_answered then 1 end as answered_count

    from {{ ref('fct_calls') }}
    union all
    select
        'feedback' as kind,
        company_key,
        {{ report_day('created_at') }} as day,
        1 as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_feedback') }}
    where not is_demo
    union all
    select
        'lead' as kind,
        company_key,
        {{ report_day('created_at') }} as day,
        1 as contact_count,
        cast(null as bigint) as answered_count

    from {{ ref('fct_leads') }}
    where not is_internal

),

counted as (

    select contacts.*
    from contacts
    left join internal_companies
        on contacts.company_key = internal_companies.company_key
    where
        contacts.day is not null
        and internal_companies.company_key is null

)

select * from counted
