-- Fails when a session's company is not the one that company_links explains. Guards the two increments, which have to
-- agree on what changed.

with

sessions as (

    -- a recording needs matching to have one
    select * from {{ ref('fct_sessions') }}
    where vendor = 'snitcher'

),

links as (

    select * from {{ ref('company_links') }}
    where entity_type = 'session'

)

select
    sessions.session_key,
    sessions.company_key as company_of_session,
    links.company_key as company_of_link

from sessions
left join links
    on
        sessions.vendor = links.vendor
        and sessions.session_id = links.entity_id
where
    links.entity_id is null
    or links.company_key != sessions.company_key
