-- One row per time that somebody asked to be contacted, or stands in the CRM. Grain: request_key. `person` names whose
-- it is: by e-mail, else by phone and name (int_numbered_people), else by name and company, else by the text that was
-- typed where an address was asked for. `is_request` is false for what another row tells too: an import of the day of a
-- form of the same person, or of the same instant as another import.

with

records as (

    select * from {{ ref('int_lead_records') }}

),

identified as (

    select
        records.*,
        coalesce(
            'email:' || records.email,
            numbered.own_identity,
            'name:' || records.name_word || '|' || records.company_word,
            'contact:' || {{ folded('records.contact_text') }}
        ) as own_identity,
        coalesce(
            'email:' || records.email,
            numbered.person,
            'name:' || records.name_word || '|' || records.company_word,
            'contact:' || {{ folded('records.contact_text') }}
        ) as person

    from records
    left join {{ ref('int_numbered_people') }} as numbered
        on records.request_key = numbered.request_key

),

forms as (

    select distinct
        person,
        cast(asked_at as date) as asked_on

    from identified
    where origin = 'form' and person is not null

),

-- an import of the day of a form is that form, and one of the same instant as another import is that one
counted as (

    select
        identified.*,
        identified.is_request
        and (identified.origin != 'import' or (
            forms.person is null
            and row_number() over (
                partition by identified.person, identified.origin, identified.asked_at
                order by identified.known_at desc nulls last, identified.request_key asc
            ) = 1
        )) as is_first_request

    from identified
    left join forms
        on
            identified.person = forms.person
            and cast(identified.asked_at as date) = forms.asked_on

),

-- who gave neither address nor number nor name cannot be contacted and is nobody in particular
final as (

    select
        request_key,
        origin,
        is_first_request as is_request,
        asked_at,
        email,
        contact_text,
        phone,
        first_name,
        last_name,
        is_split_name,
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
            order by is_first_request desc, asked_at asc nulls last, request_key asc
        ) as age_place,
        row_number() over (
            partition by person
            order by is_first_request desc, asked_at desc nulls last, request_key asc
        ) as news_place

    from counted
    where person is not null

)

select * from final
