-- One row per referrer that a session came with. Grain: referrer. `referrer_channel` is NULL where the text names no
-- host; a referrer of our own site is a visit that went on: direct.

with

hosts as (

    select * from {{ ref('int_hosts') }}

),

channels as (

    select
        value,
        channel,
        {{ label_count('value') }} as value_labels

    from {{ source('reference', 'channels') }}
    where matches = 'referrer_domain'

),

referrers as (

    select
        url_text as referrer,
        host_text
    from {{ ref('int_host_texts') }}
    where is_referrer

),

tail_lengths as (

    select distinct value_labels as tail_length
    from channels

),

candidates as (

    select
        hosts.host_text,
        tail_lengths.tail_length,
        {{ last_labels('hosts.host', 'tail_lengths.tail_length') }} as value

    from hosts
    inner join tail_lengths
        on {{ label_count('hosts.host') }} >= tail_lengths.tail_length
    union
    -- google.* stands for the name with every public suffix
    select
        host_text,
        0 as tail_length,
        split_part(registrable_domain, '.', 1) || '.*' as value

    from hosts

),

ranked as (

    select
        candidates.host_text,
        channels.channel,
        row_number() over (
            partition by candidates.host_text
            order by candidates.tail_length desc, candidates.value asc
        ) as place

    from candidates
    inner join channels
        on candidates.value = channels.value

),

final as (

    select
        referrers.referrer,
        -- an app names itself in the order of a host, and is none
        case when lower(referrers.referrer) not like '%-app://%' then hosts.registrable_domain end as referrer_domain,
        case
            when hosts.is_own then 'direct'
            when ranked.channel is not null then ranked.channel
            -- a single word is no host
            when hosts.host_text like '%.%' or hosts.host_text like '[%' then 'referral'
        end as referrer_channel

    from referrers
    left join hosts
        on referrers.host_text = hosts.host_text
    left join ranked
        on referrers.host_text = ranked.host_text and ranked.place = 1

)

select * from final
