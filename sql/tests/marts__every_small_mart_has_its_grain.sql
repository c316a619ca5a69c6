-- Fails with every mart that has not the grain of its first line, and how many of its keys stand more than once or are
-- NULL. Guards the sums of readers, who count rows. The marts that grow have tests of their own, which say the same of
-- the rows that an increment put in.

{%- set keys = {
    'ambiguous_links': ['vendor', 'entity_type', 'entity_id', 'company_key'],
    'company_360': ['company_key'],
    'company_key_changes': ['old_key'],
    'daily_activity': ['day'],
    'dim_agents': ['agent_email'],
    'dim_buttons': ['button_id'],
    'dim_companies': ['company_key'],
    'dim_feedback_assignees': ['project_id', 'assignee_id'],
    'dim_feedback_projects': ['project_id'],
    'dim_schedule_templates': ['schedule_template_id'],
    'dim_segments': ['segment_key'],
    'dim_smartlook_events': ['event_definition_key'],
    'fct_calls': ['call_id'],
    'fct_feedback': ['feedback_id'],
    'fct_leads': ['lead_key'],
    'fct_smartlook_funnels': ['funnel_step_key'],
} %}

{% for mart, columns in keys.items() %}
    select
        '{{ mart }}' as mart,
        count(*) as wrong_keys
    from (
        select {{ columns | join(', ') }}
        from {{ ref(mart) }}
        group by {{ columns | join(', ') }}
        having count(*) > 1 {% if columns | length == 1 %} or {{ columns[0] }} is null {% endif %}
    ) as {{ mart }}
    having count(*) > 0
    {% if not loop.last %}union all{% endif %}
{% endfor %}
