-- One row per request that has a number and no address, with the person whose it is. Grain: request_key. With a name it
-- is who int_named_callers says; without one, the only person known by the number. `own_identity` is what the request
-- itself can be known by.

with

seekers as (

    select
        request_key,
        phone_key,
        asked_at,
        name_word is not null as is_named

    from {{ ref('int_lead_records') }}
    where email is null and phone_key is not null

),

named as (

    select * from {{ ref('int_named_callers') }}

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
        union
        select
            phone_key,
            'email:' || email as person
        from {{ ref('int_lead_records') }}
        where email is not null and phone_key is not null
    ) as people
    group by phone_key
    having count(*) = 1

),

identified as (

    select
        seekers.request_key,
        seekers.phone_key,
        seekers.asked_at,
        coalesce(named.person, only_people.person, 'phone:' || seekers.phone_key || '|') as person

    from seekers
    left join named
        on seekers.request_key = named.request_key
    left join only_people
        on
            seekers.phone_key = only_people.phone_key
            and not seekers.is_named

),

ranked as (

    select
        request_key,
        person,
        phone_key,
        first_value(person) over (
            partition by phone_key
            order by asked_at nulls last, request_key
            rows between unbounded preceding and unbounded following
        ) as first_person

    from identified

)

select
    request_key,
    person,
    -- the number alone stands for the person who gave it first
    case when person = first_person then 'phone:' || phone_key else person end as own_identity

from ranked
