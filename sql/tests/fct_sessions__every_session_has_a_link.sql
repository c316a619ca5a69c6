-- Fails when a session's company is not the one that company_links explains. Guards the two increments, which have to
-- agree on what changed.

with

this_build as (

    select * from {{ ref('int_visits_this_build') }}

),

sessions as (

    select sessions.* from {{ ref('fct_sessions') }} as sessions
    -- the others are as they were
    {% if is_increment() %}
        inner join this_build
            on sessions.session_key = this_build.session_key
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
