-- One row per form by which somebody asked to be contacted, and per lead of the CRM, with the name in two parts and as
-- names are compared, and the number as E.164. Grain: request_key.

with

form_submissions as (

    select
        submissions.*,
        phone_numbers.e164 as phone,
        phone_numbers.extension,
        -- the only field for a name holds all of it, under any name: first word and rest
        case
            when submissions.name_fields = 1
                then coalesce(submissions.whole_name, submissions.first_name, submissions.last_name)
            else submissions.whole_name
        end as full_name

    from {{ ref('int_form_submissions') }} as submissions
    left join {{ source('reference', 'phone_numbers') }} as phone_numbers
        on
            submissions.phone_text = phone_numbers.number_text
            and submissions.region = phone_numbers.region
    where submissions.is_lead

),

form_requests as (

    select
        *,
        case
            when name_fields = 1 and full_name like '% %' then {{ first_word('full_name') }}
            when first_name is not null or full_name is null then first_name
            when last_name is null then {{ first_word('full_name') }}
            -- beside a last name, what remains of the whole one
            when right(full_name, length(last_name) + 1) = ' ' || last_name
                then left(full_name, length(full_name) - length(last_name) - 1)
            when name_fields > 1 and full_name != last_name then full_name
        end as given_name,
        case
            when name_fields = 1 and full_name like '% %' then {{ rest_of_words('full_name') }}
            when last_name is not null or full_name is null then last_name
            when first_name is null then {{ rest_of_words('full_name') }}
            -- `Name` beside `Vorname` is the last name, or the whole one
            when left(full_name, length(first_name) + 1) = first_name || ' '
                then substr(full_name, length(first_name) + 2)
            when name_fields > 1 and full_name != first_name then full_name
        end as family_name

    from form_submissions

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
        contact_text,
        phone,
        extension,
        given_name as first_name,
        family_name as last_name,
        name_fields = 1 and full_name like '% %' as is_split_name,
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
        contact_text,
        phone,
        extension,
        first_name,
        last_name,
        false as is_split_name,
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

final as (

    select
        *,
        -- who is behind an extension is told from who is behind another
        phone || coalesce(';' || extension, '') as phone_key,
        {{ bare_word('first_name') }} as first_key,
        {{ bare_word('last_name') }} as last_key,
        {{ bare_word("coalesce(first_name, '') || coalesce(last_name, '')") }} as name_word,
        coalesce({{ bare_word('company_text') }}, '') as company_word

    from requests

)

select * from final
