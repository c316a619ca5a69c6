-- One row per record and company of another record with the same e-mail address, which a stronger rule linked. Grain:
-- vendor, entity_type, entity_id, company_key. Several companies are several candidates, and decide nothing.

with

records as (

    select * from {{ ref('int_records') }}
    where email is not null and not is_own_email

),

-- what people lean on
contact_links as (

    {{ decided_by([ref('int_match_override'), ref('int_match_domain'), ref('int_match_phone')]) }}

),

people as (

    select
        records.email,
        contact_links.company_key,
        min(records.entity_type || ' ' || records.entity_id) as known_by

    from records
    inner join contact_links
        on
            records.vendor = contact_links.vendor
            and records.entity_type = contact_links.entity_type
            and records.entity_id = contact_links.entity_id
    -- a session has the address of a form, whose lead is a record of its own
    where records.vendor != 'snitcher' and contact_links.company_key is not null
    group by records.email, contact_links.company_key

),

final as (

    select
        records.vendor,
        records.entity_type,
        records.entity_id,
        people.company_key,
        'person' as rule,
        'e-mail ' || records.email || ' is also that of ' || people.known_by as evidence,
        -- of sessions only recordings know an address that no other record has
        case
            when people.known_by like 'session %' then 'recording' else {{ first_word('people.known_by') }}
        end as rests_on_type,
        {{ rest_of_words('people.known_by') }} as rests_on_id,
        records.email as met_value,
        true as is_certain

    from records
    inner join people
        on records.email = people.email

)

select * from final
