-- Fails when the mart has more or fewer sessions of a vendor than that gave. Guards the increment: a session that it
-- neither took out nor put in again would be there twice, or not at all, and no key test would see the second.

with

raw_sessions as (

    select
        vendor,
        count(*) as session_count
    from {{ reported_visits() }} as sessions
    group by vendor

),

published_sessions as (

    select
        vendor,
        count(*) as session_count
    from {{ ref('fct_sessions') }}
    group by vendor

)

select
    raw_sessions.vendor,
    raw_sessions.session_count as in_raw,
    coalesce(published_sessions.session_count, 0) as in_mart

from raw_sessions
left join published_sessions
    on raw_sessions.vendor = published_sessions.vendor
where raw_sessions.session_count != coalesce(published_sessions.session_count, 0)
