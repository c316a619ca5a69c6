-- One row per form by which somebody asked to be contacted, and per lead of the CRM. Grain: request_key.

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
        contact_text,
        phone,
        extension,
        first_name,
        last_name,
        is_split_name,
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
