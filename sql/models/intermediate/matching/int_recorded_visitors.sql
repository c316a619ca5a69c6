-- One row per id of a Smartlook visitor, with the only address that is known of it. Grain: visitor_id. An id that two
-- projects have tells nothing.

{{ config(materialized='view') }}

select
    visitor_id,
    min(first_seen_at) as occurred_at,
    case when count(*) = 1 then min(email) end as email

from {{ ref('int_known_visitors') }}
group by visitor_id
