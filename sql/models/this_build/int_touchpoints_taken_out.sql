-- One row per published touchpoint that this build takes out, to make it again or not. Grain: touchpoint_key. Empty
-- in a full build.

with

visits as (

    select * from {{ ref('int_visits_this_build') }}

),

contacts as (

    select * from {{ ref('int_touchpoints_this_build') }}

)

{% if is_increment() %}
    select
        touchpoints.touchpoint_key,
        touchpoints.company_key,
        touchpoints.occurred_at

    from {{ previous('fct_touchpoints') }} as touchpoints
    left join visits
        on
            touchpoints.touch_type in ('session', 'form_submit')
            and touchpoints.session_key = visits.session_key
    left join contacts
        on touchpoints.touchpoint_key = contacts.touchpoint_key
    where visits.session_key is not null or contacts.touchpoint_key is not null
{% else %}
    select
        touchpoint_key,
        company_key,
        occurred_at

    from contacts
    where false
{% endif %}
