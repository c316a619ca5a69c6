-- Leads that each channel may claim under the four models. Grain: channel.
select
    coalesce(channel, 'unknown') as channel,
    sum(first_touch_weight) as first_touch,
    sum(linear_weight) as linear,
    sum(time_decay_weight) as time_decay,
    sum(last_touch_weight) as last_touch

from marts.lead_attribution
group by channel
order by linear desc, channel
