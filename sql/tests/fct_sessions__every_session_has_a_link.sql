-- Fails when a session's company is not the one that company_links explains. Guards the two increments, which have to
-- agree on what changed.

with

sessions as (

    select * from {{ ref('fct_sessions') }}
    -- the others are as they were
    {% if is_increment() %}
        where {{ changed_session_keys() }}
    {% endif %}

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
    -- two workspaces or projects may hold one session id, and disagree
    or links.company_key != sessions.company_key
