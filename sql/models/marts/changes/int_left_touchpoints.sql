-- One row per published touchpoint that this build takes out, to make it again or not. Grain: touchpoint_key. Empty
-- while everything is built anew.

-- depends_on: {{ ref('int_changed_visits') }}

with

published_touchpoints as (

    {% if is_increment() %}
        select
            touchpoint_key,
            company_key,
            occurred_at

        from {{ published('fct_touchpoints') }}
        where {{ is_changed_touchpoint() }}
    {% else %}
        select
            touchpoint_key,
            company_key,
            occurred_at

        from {{ ref('int_built_contacts') }}
        where false
    {% endif %}

)

select * from published_touchpoints
