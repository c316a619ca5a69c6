-- One row per session in which somebody first asked to be contacted, with how it came. Grain: session_id. A uuid that
-- two workspaces have is left out: nobody knows in which the form was sent.

{{ config(materialized='view') }}

with

first_sessions as (

    select distinct first_session_id as session_id
    from {{ ref('int_leads') }}
    where first_session_id is not null

)

select
    sessions.session_id,
    min(sessions.session_key) as session_key,
    min(sessions.channel) as channel,
    min(sessions.utm_campaign) as utm_campaign

from {{ ref('fct_sessions') }} as sessions
inner join first_sessions
    on sessions.session_id = first_sessions.session_id
where sessions.vendor = 'snitcher'
group by sessions.session_id
having count(*) = 1
