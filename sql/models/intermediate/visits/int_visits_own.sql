-- One row per visit, with the company of the organisation that Snitcher names, or that the operator named instead.
-- Grain: session_key. What else a visit says of its company is in int_visits_attributed.

{{ config(materialized='view') }}

with

organisations as (

    select * from {{ ref('int_organisations') }}

),

overrides as (

    select * from {{ ref('int_match_override') }}
    where vendor = 'snitcher' and entity_type = 'session'

)

select
    -- a model that reads this names its columns
    visits.*,  -- noqa: ambiguous.column_count
    case when overrides.rule is null then organisations.company_key else overrides.company_key end as company_key,
    case
        when overrides.rule is not null then 'override'
        when organisations.company_key is not null then 'own_organisation'
    end as rule,
    coalesce(overrides.evidence, 'organisation ' || visits.organisation_id) as evidence,
    case
        when overrides.rule is null and visits.organisation_id is not null then 'organisation'
    end as rests_on_type,
    case when overrides.rule is null then visits.organisation_id end as rests_on_id,
    overrides.met_value

from {{ ref('int_visits') }} as visits
left join organisations
    on visits.organisation_id = organisations.organisation_id
left join overrides
    on
        visits.vendor = overrides.vendor
        and visits.session_id = overrides.entity_id
