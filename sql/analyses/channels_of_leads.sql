-- Which channels bring companies that become leads?
-- One row per channel, the one that begins most leads first. Grain: channel.
-- How to read it: each lead is one, shared out over what its company did in the 90 days before it asked. By
-- `first_touch_leads` all of it goes to the contact that came first, by `last_touch_leads` to the last one, by
-- `linear_leads` to each contact alike, by `time_decay_leads` half as much for every week before. Each column sums to
-- the number of leads with a company and a date. Contacts that are no visit have rows of their own: call, feedback, and
-- lead for who did nothing but ask. `lead_companies` had such a contact before a lead, out of the `visiting_companies`
-- that ever came by the channel.
-- Settings: none. Leads of addresses that are to be ignored are left out.

with

companies as (

    select * from marts.company_360

),

visits as (

    select
        coalesce(sessions.channel, 'unknown') as channel,
        companies.company_key

    from marts.fct_sessions as sessions
    inner join companies
        on sessions.company_key = companies.company_key
    where sessions.is_primary

),

credits as (

    select
        case
            when touchpoints.touch_type = 'session' then coalesce(touchpoints.channel, 'unknown')
            else touchpoints.touch_type
        end as channel,
        attribution.company_key,
        attribution.first_touch_weight,
        attribution.linear_weight,
        attribution.time_decay_weight,
        attribution.last_touch_weight

    from marts.lead_attribution as attribution
    inner join marts.fct_touchpoints as touchpoints
        on attribution.touchpoint_key = touchpoints.touchpoint_key
    inner join marts.fct_leads as leads
        on attribution.lead_key = leads.lead_key
    where not leads.is_ignored

),

visits_and_credits as (

    select
        channel,
        company_key as visiting_company,
        cast(null as varchar) as lead_company,
        0 as first_touch_weight,
        0 as linear_weight,
        0 as time_decay_weight,
        0 as last_touch_weight

    from visits
    union all
    select
        channel,
        cast(null as varchar) as visiting_company,
        company_key as lead_company,
        first_touch_weight,
        linear_weight,
        time_decay_weight,
        last_touch_weight

    from credits

)

select
    channel,
    count(distinct visiting_company) as visiting_companies,
    count(distinct lead_company) as lead_companies,
    round(sum(first_touch_weight), 2) as first_touch_leads,
    round(sum(linear_weight), 2) as linear_leads,
    round(sum(time_decay_weight), 2) as time_decay_leads,
    round(sum(last_touch_weight), 2) as last_touch_leads

from visits_and_credits
group by channel
order by first_touch_leads desc, channel asc
