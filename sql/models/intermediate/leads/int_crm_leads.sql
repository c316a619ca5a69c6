-- One row per lead that SnapCRM is known to have, with what was sent when we made it. Grain: crm_row. Its answer need
-- not repeat a lead's number and company, and an answer that was kept is enough when the lead itself was not.

with

leads as (

    select * from {{ ref('stg_snapcrm__leads') }}

),

pushes as (

    select * from {{ ref('stg_snapcrm__pushes') }}
    where push_state = 'created'

),

phone_numbers as (

    select * from {{ source('reference', 'phone_numbers') }}
    where region = 'ZZ'

),

ranked_pushes as (

    select
        *,
        row_number() over (partition by lead_id order by ended_at desc nulls last, push_id asc) as place

    from pushes
    where lead_id is not null

),

joined as (

    select
        coalesce('lead:' || leads.lead_row, 'push:' || ranked_pushes.lead_id) as crm_row,
        coalesce(leads.lead_id, ranked_pushes.lead_id) as lead_id,
        coalesce(leads.email, ranked_pushes.email) as email,
        coalesce(leads.email_text, ranked_pushes.email_text) as email_text,
        coalesce(leads.phone_text, ranked_pushes.phone_text) as phone_text,
        coalesce(leads.first_name, ranked_pushes.first_name) as first_name,
        coalesce(leads.last_name, ranked_pushes.last_name) as last_name,
        coalesce(leads.company_text, ranked_pushes.company_text) as company_text,
        coalesce(leads.website, ranked_pushes.website) as website,
        coalesce(leads.city, ranked_pushes.city) as city,
        coalesce(leads.lead_status, ranked_pushes.lead_status) as lead_status,
        coalesce(leads.known_at, ranked_pushes.ended_at) as known_at,
        leads.created_at,
        -- a lead that we made and somebody imported again is still the request that it was made from
        ranked_pushes.lead_id is null and coalesce(leads.known_from, '') = 'import' as is_request

    from leads
    full outer join ranked_pushes
        on leads.lead_id = ranked_pushes.lead_id
    where coalesce(ranked_pushes.place, 1) = 1

),

final as (

    select
        joined.crm_row,
        joined.lead_id,
        joined.email,
        case when joined.email is null then {{ meant('joined.email_text') }} end as contact_text,
        phone_numbers.e164 as phone,
        phone_numbers.extension,
        {{ meant('joined.first_name') }} as first_name,
        {{ meant('joined.last_name') }} as last_name,
        {{ meant('joined.company_text') }} as company_text,
        joined.website,
        joined.city,
        joined.lead_status,
        joined.known_at,
        -- when an imported lead asked is not known from when it was imported; ours is made at once when it is known
        case when joined.is_request then joined.created_at else coalesce(joined.created_at, joined.known_at) end
            as created_at,
        joined.is_request

    from joined
    left join phone_numbers
        on joined.phone_text = phone_numbers.number_text

)

select * from final
