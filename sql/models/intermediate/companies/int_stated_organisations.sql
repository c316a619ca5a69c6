-- One row per company that Snitcher identified in a workspace, as last reported, with its name as names are compared.
-- Grain: workspace_id, organisation_id.

select
    workspace_id,
    organisation_id,
    organisation_name,
    website,
    industry,
    size_band,
    country_code,
    city,
    phone_text,
    phone,
    tags,
    segments,
    first_seen_at,
    last_seen_at,
    {{ normalised_name('organisation_name') }} as company_name

from {{ ref('stg_snitcher__organisations') }}
