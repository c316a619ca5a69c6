-- One row per visit, with its company and why. Grain: session_key. What two vendors saw has one company, from either:
-- of the vendor or the operator, a form that was sent in it, its recording, or the recording's visitor.

{{ config(materialized='view') }}

{%- set is_told = 'told.is_stronger or (visits.rule is null and told.session_key is not null)' %}

select
    visits.vendor,
    visits.scope_id,
    visits.session_key,
    visits.session_id,
    visits.visitor_id,
    told.visit_key,
    visits.site,
    visits.referrer,
    visits.country_code,
    visits.city,
    visits.device_type,
    visits.browser,
    visits.started_at,
    visits.ended_at,
    visits.landing_url,
    visits.landing_host,
    visits.utm_source,
    visits.utm_medium,
    visits.utm_campaign,
    visits.event_count,
    visits.pageview_count,
    visits.form_submit_count,
    visits.first_event_load_id,
    case when {{ is_told }} then told.company_key else visits.company_key end as company_key,
    case when {{ is_told }} then told.rule else visits.rule end as rule,
    -- where the others disagree, what the vendor says is shown and does not count
    case when ({{ is_told }}) and told.rule is not null then told.evidence else visits.evidence end as evidence,
    case when ({{ is_told }}) and told.rule is not null then told.rests_on_type else visits.rests_on_type end
        as rests_on_type,
    case when ({{ is_told }}) and told.rule is not null then told.rests_on_id else visits.rests_on_id end
        as rests_on_id,
    case when ({{ is_told }}) and told.rule is not null then told.met_value else visits.met_value end as met_value,
    told.evidence_against,
    told.claims_against

from {{ ref('int_visits_own') }} as visits
left join {{ ref('int_visits_told') }} as told
    on visits.session_key = told.session_key
