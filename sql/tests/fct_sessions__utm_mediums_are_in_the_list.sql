-- Warns of utm_medium words that the list channels does not have: such visits count by their referrer, or have no
-- channel.

{{ config(severity='warn', meta={
    'sentence': '{session_count:,} of {sessions:,} sessions have the utm_medium "{utm_medium}", which no list knows, so'
    ~ ' their channel is that of their referrer; add it to {config_dir}/channels.csv'
}) }}

with

sessions as (

    select * from {{ ref('fct_sessions') }}

),

channels as (

    select * from {{ source('reference', 'channels') }}
    where matches = 'utm_medium'

)

select
    sessions.utm_medium,
    count(*) as session_count,
    (select count(every_session.session_key) from sessions as every_session) as sessions

from sessions
left join channels
    on lower(sessions.utm_medium) = channels.value
where
    sessions.utm_medium is not null
    and channels.value is null
group by sessions.utm_medium
