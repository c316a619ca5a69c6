-- One row per time that somebody asked to be contacted, or stands in the CRM. Grain: request_key. `person` names whose
-- it is: by e-mail, else by phone, else by name and company. A number that comes with one address alone belongs to it,
-- so that who gave the number first and the address later is one person; a number that several addresses share joins
-- nobody. Each number has one address at most, so no chain of them can join strangers.

with

form_requests as (

    select * from {{ ref('int_form_requests') }}

),

crm_leads as (

    select * from {{ ref('int_crm_leads') }}

),

requests as (

    select
        {{ surrogate_key(["'form'", 'workspace_id', 'session_id', 'cast(position as varchar)']) }} as request_key,
        'form' as origin,
        true as is_request,
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
        cast(null as varchar) as lead_id,
        cast(null as varchar) as lead_status,
        cast(null as timestamp with time zone) as known_at

    from form_requests
    union all
    select
        {{ surrogate_key(["'crm'", 'crm_row']) }} as request_key,
        case when is_request then 'import' else 'crm' end as origin,
        is_request,
        created_at as asked_at,
        email,
        phone,
        first_name,
        last_name,
        company_text,
        website,
        city,
        cast(null as varchar) as form_name,
        cast(null as varchar) as session_id,
        lead_id,
        lead_status,
        known_at

    from crm_leads

),

named as (

    select
        *,
        {{ bare_word("coalesce(first_name, '') || coalesce(last_name, '')") }} as name_word,
        coalesce({{ bare_word('company_text') }}, '') as company_word

    from requests

),

phone_owners as (

    select
        phone,
        min(email) as email

    from named
    where phone is not null and email is not null
    group by phone
    having count(distinct email) = 1

),

identified as (

    select
        named.*,
        coalesce(
            'email:' || named.email,
            'phone:' || named.phone,
            'name:' || named.name_word || '|' || named.company_word
        ) as own_identity,
        coalesce(
            'email:' || named.email,
            'email:' || phone_owners.email,
            'phone:' || named.phone,
            'name:' || named.name_word || '|' || named.company_word
        ) as person

    from named
    left join phone_owners
        on named.phone = phone_owners.phone

),

-- who gave neither address nor number nor name cannot be contacted and is nobody in particular
final as (

    select
        *,
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
