-- One row per request that has a name and a number but no address, with the person whose it is: of those who gave the
-- same number with an address the only one who may have that name, else the oldest request that may. Grain:
-- request_key. Two different names are two people.

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
    where email is null and phone_key is not null and name_word is not null

),

owners as (

    select distinct
        phone_key,
        email

    from {{ ref('int_lead_records') }}
    where email is not null and phone_key is not null

),

owner_names as (

    select * from {{ ref('int_lead_records') }}
    where email is not null and name_word is not null

),

fits as (

    select
        seekers.request_key,
        owners.email

    from seekers
    inner join owners
        on seekers.phone_key = owners.phone_key
    left join owner_names
        on owners.email = owner_names.email
    group by seekers.request_key, owners.email
    having bool_or(owner_names.email is null or {{ may_be_one_name('seekers', 'owner_names') }})

),

known as (

    select
        request_key,
        min(email) as email

    from fits
    group by request_key
    having count(*) = 1

),

strangers as (

    select seekers.*
    from seekers
    left join known
        on seekers.request_key = known.request_key
    where known.request_key is null

),

-- by the oldest request of the number that may be theirs
led as (

    select
        strangers.request_key,
        strangers.phone_key,
        leaders.name_word,
        row_number() over (
            partition by strangers.request_key
            order by leaders.asked_at nulls last, leaders.request_key
        ) as place

    from strangers
    inner join strangers as leaders
        on
            strangers.phone_key = leaders.phone_key
            and (strangers.name_word = leaders.name_word or {{ may_be_one_name('strangers', 'leaders') }})

),

named as (

    select
        seekers.request_key,
        seekers.phone_key,
        'email:' || known.email as person

    from seekers
    inner join known
        on seekers.request_key = known.request_key
    union all
    select
        request_key,
        phone_key,
        'phone:' || phone_key || '|' || name_word as person

    from led
    where place = 1

)

select * from named
