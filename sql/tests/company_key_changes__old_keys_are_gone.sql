-- Fails when a key is listed as replaced and stands for a company all the same: a reader of the list would join
-- two companies.

with

company_key_changes as (

    select * from {{ ref('company_key_changes') }}

),

companies as (

    select * from {{ ref('dim_companies') }}

)

select company_key_changes.old_key
from company_key_changes
inner join companies
    on company_key_changes.old_key = companies.company_key
