-- One row per time that somebody asked to be contacted, or stands in the CRM. Grain: request_key. `person` names whose
-- it is: by e-mail, else by phone, else by name and company. A number that comes with one address alone belongs to it,
-- so that who gave the number first and the address later is one person; a number that several addresses share joins
-- nobody. Each number has one address at most, so no chain of them can join strangers.

with

records as (

    select * from {{ ref('int_lead_records') }}

),

phone_owners as (

    select
        phone,
        min(email) as email

    from records
    where phone is not null and email is not null
    group by phone
    having count(distinct email) = 1

),

identified as (

    select
        records.request_key,
        records.origin,
        records.is_request,
        records.asked_at,
        records.email,
        records.phone,
        records.first_name,
        records.last_name,
        records.company_text,
        records.website,
        records.city,
        records.form_name,
        records.session_id,
        records.lead_id,
        records.lead_status,
        records.known_at,
        coalesce(
            'email:' || records.email,
            'phone:' || records.phone,
            'name:' || records.name_word || '|' || records.company_word
        ) as own_identity,
        coalesce(
            'email:' || records.email,
            'email:' || phone_owners.email,
            'phone:' || records.phone,
            'name:' || records.name_word || '|' || records.company_word
        ) as person

    from records
    left join phone_owners
        on records.phone = phone_owners.phone

),

-- who gave neither address nor number nor name cannot be contacted and is nobody in particular
final as (

    select
        request_key,
        origin,
        is_request,
        asked_at,
        email,
        phone,
        first_name,
        last_name,
        company_text,
        website,
        city,
        form_name,
        session_id,
        lead_id,
        lead_status,
        known_at,
        own_identity,
        person,
        row_number() over (
            partition by person
            order by is_request desc, asked_at asc nulls last, request_key asc
        ) as age_place,
        row_number() over (
            partition by person
            order by is_request desc, asked_at desc nulls last, request_key asc
        ) as news_place

    from identified
    where person is not null

)

select * from final
