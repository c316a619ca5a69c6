-- How often does each agent answer, by size of the calling company?
-- One row per agent and size of company, and one per agent over all sizes. Grain: agent_email, size_band.
-- How to read it: `answer_rate` is answered calls over calls whose outcome is known, from 0 to 1. A call that nobody
-- took names no agent and counts for the agent of its button; `nobody` has the calls for which neither is known. The
-- size is `unknown` for calls of no known company too. What counts as answered is in the list call_status.
-- Settings: none. Calls of our own company are left out.

with

calls as (

    select
        calls.call_id,
        calls.is_answered,
        coalesce(calls.agent_email, buttons.agent_email, 'nobody') as agent_email,
        coalesce(companies.size_band, 'unknown') as size_band

    from marts.fct_calls as calls
    left join marts.dim_buttons as buttons
        on calls.button_id = buttons.button_id
    left join marts.dim_companies as companies
        on calls.company_key = companies.company_key
    where not coalesce(companies.is_internal, false)

),

-- every call stands in its company's band and in all of them
banded as (

    select
        agent_email,
        size_band,
        is_answered

    from calls
    union all
    select
        agent_email,
        'all' as size_band,
        is_answered

    from calls

)

select
    agent_email,
    size_band,
    count(*) as calls,
    count(case when is_answered then 1 end) as answered,
    count(case when not is_answered then 1 end) as not_answered,
    count(case when is_answered is null then 1 end) as outcome_unknown,
    round(count(case when is_answered then 1 end) * 1.0 / nullif(count(is_answered), 0), 3) as answer_rate

from banded
group by agent_email, size_band
-- smaller companies first: by the digits of the band's lower end
order by
    agent_email,
    case size_band when 'all' then 0 when 'unknown' then 2 else 1 end,
    length(split_part(size_band, '-', 1)),
    size_band
