-- One row per form by which somebody asked to be contacted, with the name in two parts and the number as E.164.
-- Grain: workspace_id, session_id, position.

with

form_submissions as (

    select * from {{ ref('int_form_submissions') }}
    where is_lead

),

phone_numbers as (

    select * from {{ source('reference', 'phone_numbers') }}

),

with_whole as (

    select
        *,
        -- the only field for a name holds all of it, under any name: first word and rest
        case when name_fields = 1 then coalesce(whole_name, first_name, last_name) else whole_name end as full_name

    from form_submissions

),

with_names as (

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

    from with_whole

),

final as (

    select
        with_names.workspace_id,
        with_names.session_id,
        with_names.position,
        with_names.asked_at,
        with_names.email,
        with_names.contact_text,
        phone_numbers.e164 as phone,
        phone_numbers.extension,
        with_names.given_name as first_name,
        with_names.family_name as last_name,
        with_names.company_text,
        with_names.website,
        with_names.city,
        with_names.form_name,
        with_names.name_fields = 1 and with_names.full_name like '% %' as is_split_name

    from with_names
    left join phone_numbers
        on
            with_names.phone_text = phone_numbers.number_text
            and with_names.region = phone_numbers.region

)

select * from final
