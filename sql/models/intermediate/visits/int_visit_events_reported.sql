-- One row per event that a vendor saw in a session, as far as visits are made of it. Grain: vendor, scope_id,
-- session_id, position; of Smartlook none, which names the landing page itself.

{{ config(materialized='view') }}

select
    'snitcher' as vendor,
    workspace_id as scope_id,
    session_id,
    position,
    url,
    event_type,
    load_id

from {{ ref('stg_snitcher__session_events') }}
union all
select
    'smartlook' as vendor,
    project_id as scope_id,
    session_id,
    cast(null as bigint) as position,
    cast(null as varchar) as url,
    case when event_type = 'url' then 'pageview' end as event_type,
    load_id

from {{ ref('stg_smartlook__visitor_events') }}
