-- One row per company that Snitcher identified in a workspace, as last reported, with its name as names are compared.
-- Grain: workspace_id, organisation_id. An increment reads those that were reported again.

{{ config(
    pre_hook="{{ delete_changed(this, '(workspace_id, organisation_id) not in (select workspace_id, organisation_id from build.staging_snitcher.stg_snitcher__organisations where not ' ~ is_new('load_id') ~ ')') }}"
) }}

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
{% if is_increment() %}
    where {{ is_new('load_id') }}
{% endif %}
