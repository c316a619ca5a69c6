-- Fails when the mart has more or fewer sessions than Snitcher gave. Guards the increment: a session that it neither took out
-- nor put in again would be there twice, or not at all, and no key test would see the second.

with

raw_sessions as (

    select count(*) as session_count
    from {{ ref('stg_snitcher__sessions') }}

),

published_sessions as (

    select count(*) as session_count
    from {{ ref('fct_sessions') }}
    where vendor = 'snitcher'

)

select
    raw_sessions.session_count as in_raw,
    published_sessions.session_count as in_mart

from raw_sessions
cross join published_sessions
where raw_sessions.session_count != published_sessions.session_count
