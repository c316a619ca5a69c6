-- One row per session that a vendor saw, as last reported. Grain: session_key. Vendor, scope (workspace or project) and
-- session_id are its key as the vendor has it. From here on a session of Snitcher and a recording of Smartlook are both
-- a visit.

{{ config(materialized='view') }}

select
    'snitcher' as vendor,
    workspace_id as scope_id,
    session_key,
    session_id,
    organisation_id,
    cast(null as varchar) as visitor_id,
    cast(null as varchar) as identified_as,
    cast(null as varchar) as identified_by,
    cast(null as varchar) as site,
    cast(null as varchar) as landing_url,
    referrer,
    country_code,
    city,
    device_type,
    browser,
    started_at,
    ended_at,
    load_id

from {{ ref('stg_snitcher__sessions') }}
union all
select
    'smartlook' as vendor,
    project_id as scope_id,
    session_key,
    session_id,
    cast(null as varchar) as organisation_id,
    visitor_id,
    identified_as,
    cast(identification_properties as varchar) as identified_by,
    site,
    landing_url,
    referrer,
    country_code,
    city,
    device_type,
    browser,
    started_at,
    ended_at,
    load_id

from {{ ref('stg_smartlook__sessions') }}
