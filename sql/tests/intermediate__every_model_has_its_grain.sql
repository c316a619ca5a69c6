-- Fails with every model between staging and marts that has not the grain of its first line, and how many of its keys
-- stand more than once or are NULL. Guards against a join that repeats a row, which marts would count twice. One
-- test, since each costs a build as much as a small model.

{%- set keys = {
    'int_hosts': ['host_text'],
    'int_host_texts': ['url_text'],
    'int_referrers': ['referrer'],
    'int_overrides': ['override_key'],
    'int_anchor_groups': ['anchor'],
    'int_phone_joins': ['group_anchor'],
    'int_company_anchors': ['anchor'],
    'int_organisations': ['organisation_id'],
    'int_visits': ['session_key'],
    'int_visits_told': ['session_key'],
    'int_covered_days': ['day'],
    'int_form_values': ['session_key', 'position', 'maps_to'],
    'int_form_submissions': ['workspace_id', 'session_id', 'position'],
    'int_crm_leads': ['crm_row'],
    'int_lead_records': ['request_key'],
    'int_numbered_people': ['request_key'],
    'int_lead_requests': ['request_key'],
    'int_leads': ['lead_key'],
    'int_recorded_people': ['project_id', 'entity_type', 'entity_id'],
    'int_visit_fits': ['record_key', 'visit_key'],
    'int_records': ['vendor', 'entity_type', 'entity_id'],
    'int_match_override': ['vendor', 'entity_type', 'entity_id'],
    'int_match_domain': ['vendor', 'entity_type', 'entity_id', 'rule'],
    'int_match_phone': ['vendor', 'entity_type', 'entity_id', 'company_key'],
    'int_match_person': ['vendor', 'entity_type', 'entity_id', 'company_key'],
    'int_match_form_session': ['vendor', 'entity_type', 'entity_id', 'company_key'],
    'int_match_company_name': ['vendor', 'entity_type', 'entity_id', 'company_key'],
    'int_links_before_visits': ['vendor', 'entity_type', 'entity_id'],
    'int_named_visits': ['visit_key'],
    'int_recording_companies': ['session_key'],
    'int_links': ['vendor', 'entity_type', 'entity_id'],
    'int_records_new': ['record_key'],
    'int_visits_this_build': ['session_key'],
    'int_links_this_build': ['vendor', 'entity_type', 'entity_id'],
    'int_touchpoints_this_build': ['touchpoint_key'],
    'int_leads_this_build': ['lead_key'],
} %}

{% for model, columns in keys.items() %}
    select
        '{{ model }}' as model,
        count(*) as wrong_keys
    from (
        select {{ columns | join(', ') }}
        from {{ ref(model) }}
        {% if model == 'int_visits' and is_increment() %}
            -- the others passed when they were made
            where {{ is_of_this_build(model) }}
        {% endif %}
        group by {{ columns | join(', ') }}
        having count(*) > 1 {% if columns | length == 1 %} or {{ columns[0] }} is null {% endif %}
    ) as {{ model }}
    having count(*) > 0
    {% if not loop.last %}union all{% endif %}
{% endfor %}
