-- One row per request that has a number and no address, with the person whose it is. Grain: request_key. With a name it
-- is, of those who gave the same number with an address, the only one who may have that name, else the oldest request
-- that may; two different names are two people. Without a name it is the only person known by the number.
-- `own_identity` is what the request itself can be known by.

with

seekers as (

    select
        request_key,
        phone_key,
        first_key,
        last_key,
        name_word,
        asked_at
    from {{ ref('int_lead_records') }}
    where email is null and phone_key is not null

),

owners as (

    select distinct
        phone_key,
        email
    from {{ ref('int_lead_records') }}
    where email is not null and phone_key is not null

),

fits as (

    select
        seekers.request_key,
        owners.email
    from seekers
    inner join owners
        on seekers.phone_key = owners.phone_key
    left join {{ ref('int_lead_records') }} as owner_names
        on owners.email = owner_names.email and owner_names.name_word is not null
    where seekers.name_word is not null
    group by seekers.request_key, owners.email
    having bool_or(owner_names.email is null or {{ may_be_one_name('seekers', 'owner_names') }})

),

told as (

    select
        seekers.*,
        known.person
    from seekers
    left join (
        select
            request_key,
            'email:' || min(email) as person
        from fits
        group by request_key
        having count(*) = 1
    ) as known
        on seekers.request_key = known.request_key

),

-- by the oldest request of the number that may be theirs
led as (

    select
        strangers.request_key,
        'phone:' || strangers.phone_key || '|'
        || {{ first_known('leaders.name_word', 'leaders.asked_at nulls last, leaders.request_key') }} as person
    from told as strangers
    inner join told as leaders
        on
            strangers.phone_key = leaders.phone_key
            and (strangers.name_word = leaders.name_word or {{ may_be_one_name('strangers', 'leaders') }})
    where
        strangers.name_word is not null and strangers.person is null
        and leaders.name_word is not null and leaders.person is null
    group by strangers.request_key, strangers.phone_key

),

named as (

    select
        told.request_key,
        told.phone_key,
        told.asked_at,
        coalesce(told.person, led.person) as person
    from told
    left join led
        on told.request_key = led.request_key

),

only_people as (

    select
        phone_key,
        min(person) as person
    from (
        select
            phone_key,
            person
        from named
        where person is not null
        union
        select
            phone_key,
            'email:' || email as person
        from owners
    ) as people
    group by phone_key
    having count(*) = 1

),

identified as (

    select
        named.request_key,
        named.phone_key,
        named.asked_at,
        coalesce(named.person, only_people.person, 'phone:' || named.phone_key || '|') as person
    from named
    left join only_people
        on named.phone_key = only_people.phone_key

)

select
    request_key,
    person,
    -- the number alone stands for the person who gave it first
    case when person = first_person then 'phone:' || phone_key else person end as own_identity

from (
    select
        *,
        first_value(person) over (
            partition by phone_key
            order by asked_at nulls last, request_key
            rows between unbounded preceding and unbounded following
        ) as first_person
    from identified
) as ranked
