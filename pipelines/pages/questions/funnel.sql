-- Of the companies that came for the first time in a month by a channel: how many called afterwards, and how many asked
-- to be contacted. Grain: period, channel.
with

first_visits as (

    select
        company_key,
        min(occurred_at) as began_at,
        arg_min(coalesce(channel, 'unknown'), (occurred_at, touchpoint_key)) as channel

    from marts.fct_touchpoints
    where touch_type = 'session'
    group by company_key

),

later as (

    select
        visits.company_key,
        bool_or(touches.touch_type = 'call') as has_called,
        bool_or(touches.touch_type = 'lead') as has_asked,
        bool_or(touches.touch_type = 'call' and touches.occurred_at <= asked.asked_at) as has_called_before_asking

    from first_visits as visits
    inner join marts.fct_touchpoints as touches
        on visits.company_key = touches.company_key and visits.began_at <= touches.occurred_at
    left join (
        select company_key, max(occurred_at) as asked_at
        from marts.fct_touchpoints
        where touch_type = 'lead'
        group by company_key
    ) as asked
        on visits.company_key = asked.company_key
    group by visits.company_key

)

select
    cast(date_trunc('month', timezone($zone, visits.began_at)) as date) as period,
    visits.channel,
    count(*) as visited,
    count(case when later.has_called then 1 end) as called,
    count(case when later.has_asked then 1 end) as asked,
    count(case when later.has_asked and later.has_called_before_asking then 1 end) as called_and_asked,
    count(case when later.has_called and not later.has_asked then 1 end) as called_only

from first_visits as visits
inner join later
    on visits.company_key = later.company_key
group by period, visits.channel
order by period, visits.channel
