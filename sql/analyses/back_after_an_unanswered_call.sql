-- Whose call was not answered, and came back to the site afterwards?
-- One row per such call, the latest return first. Grain: call_id.
-- How to read it: `came_back_at` is the company's first visit that began after the call was over. `answered_at` is its
-- first call that was answered later; where it is empty, nobody has spoken with them since. A call counts as not
-- answered by the list call_status (missed, abandoned, voicemail, ...); one with a word that is in no list is left out.
-- Settings: `within_days` is how long after the call a visit counts as coming back.

with

settings as (

    select 30 as within_days

),

unanswered_calls as (

    select
        *,
        coalesce(ended_at, started_at) as over_at

    from marts.fct_calls
    where not is_answered and started_at is not null

),

return_visits as (

    select
        calls.call_id,
        min(sessions.started_at) as came_back_at,
        count(*) as visits_afterwards

    from unanswered_calls as calls
    cross join settings
    inner join marts.fct_sessions as sessions
        on
            calls.company_key = sessions.company_key
            and calls.over_at < sessions.started_at
    where
        sessions.is_primary
        and extract(epoch from sessions.started_at) - extract(epoch from calls.over_at) <= settings.within_days * 86400
    group by calls.call_id

),

answered_calls as (

    select
        calls.call_id,
        min(later_calls.started_at) as answered_at

    from unanswered_calls as calls
    inner join marts.fct_calls as later_calls
        on
            calls.company_key = later_calls.company_key
            and calls.started_at < later_calls.started_at
    where later_calls.is_answered
    group by calls.call_id

)

select
    companies.company_name,
    companies.domain,
    calls.started_at as called_at,
    calls.status,
    calls.caller_phone,
    calls.page_url as called_from,
    return_visits.came_back_at,
    return_visits.visits_afterwards,
    answered_calls.answered_at,
    calls.call_id

from unanswered_calls as calls
inner join return_visits
    on calls.call_id = return_visits.call_id
inner join marts.company_360 as companies
    on calls.company_key = companies.company_key
left join answered_calls
    on calls.call_id = answered_calls.call_id
order by return_visits.came_back_at desc, calls.call_id asc
