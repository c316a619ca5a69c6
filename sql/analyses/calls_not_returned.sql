-- Whose call was not answered, and has not been spoken with since?
-- One row per such call, the latest first. Grain: call_id.
-- How to read it: nobody answered this call, and no later call from the same company, number or address was answered
-- either. A call back from a phone of your own is not known here. `company_name` is empty where it is not known who
-- called. A call with a status that is in no list is left out, as are calls of our own people.
-- Settings: `within_days` is how long after the call an answered one counts as the same matter.

with

settings as (

    select 30 as within_days

),

unanswered_calls as (

    select *
    from marts.fct_calls
    where not is_answered and started_at is not null

),

answered_calls as (

    select *
    from marts.fct_calls
    where is_answered and started_at is not null

),

returned_calls as (

    select distinct calls.call_id
    from (
        select
            call_id,
            started_at,
            company_key as caller
        from unanswered_calls
        union all
        select
            call_id,
            started_at,
            caller_phone as caller
        from unanswered_calls
        union all
        select
            call_id,
            started_at,
            caller_email as caller
        from unanswered_calls
    ) as calls
    cross join settings
    inner join (
        select
            started_at,
            company_key as caller
        from answered_calls
        union all
        select
            started_at,
            caller_phone as caller
        from answered_calls
        union all
        select
            started_at,
            caller_email as caller
        from answered_calls
    ) as later_calls
        on
            calls.caller = later_calls.caller
            and calls.started_at < later_calls.started_at
    where extract(epoch from later_calls.started_at) - extract(epoch from calls.started_at)
        <= settings.within_days * 86400

)

select
    companies.company_name,
    companies.domain,
    calls.started_at as called_at,
    calls.status,
    calls.caller_phone,
    calls.caller_email,
    calls.page_url,
    coalesce(companies.lead_count, 0) as lead_count,
    calls.call_id

from unanswered_calls as calls
left join marts.company_360 as companies
    on calls.company_key = companies.company_key
left join returned_calls
    on calls.call_id = returned_calls.call_id
where
    returned_calls.call_id is null
    and (calls.company_key is null or companies.company_key is not null)
order by calls.started_at desc, calls.call_id asc
