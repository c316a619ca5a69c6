-- One row per company that is our own: one that has a domain of ours. Grain: company_key.

with

company_anchors as (

    select * from {{ ref('int_company_anchors') }}

),

hosts as (

    select * from {{ ref('int_hosts') }}

)

select distinct company_anchors.company_key
from company_anchors
inner join hosts
    on company_anchors.company_domain = hosts.company_domain
where hosts.is_own
