-- One row per session whose touchpoints an increment takes out and makes again: it changed, or its company became our
-- own or no longer is. Grain: session_id. Empty while everything is built anew.

with

turned_companies as (

    select * from {{ ref('int_turned_companies') }}

),

turned_sessions as (

    {% if is_increment() %}
        select published_sessions.session_id
        from {{ published('fct_sessions') }} as published_sessions
        inner join turned_companies
            on published_sessions.company_key = turned_companies.company_key
    {% else %}
        select company_key as session_id
        from turned_companies
        where false
    {% endif %}

)

select session_id from {{ ref('int_changed_sessions') }}
union
select session_id from {{ ref('int_changed_recordings') }}
union
select session_id from turned_sessions
