-- One row per host that somebody named as theirs, by an e-mail address, by a website in a form or in the CRM, or in the
-- operator's list. Grain: host_text. `is_of_address` says that somebody has mail there.

with

claims as (

    select caller_email as address
    from {{ ref('int_calls') }}
    union
    select email as address
    from {{ ref('stg_usersnap__feedbacks') }}
    where not is_demo
    union
    select stated_email as address
    from {{ ref('int_known_visitors') }}
    union
    select email as address
    from {{ ref('int_recording_emails') }}
    union
    select email as address
    from {{ ref('int_form_values') }}
    union
    select email as address
    from {{ ref('int_crm_leads') }}

),

texts as (

    select
        split_part(address, '@', 2) as url_text,
        true as is_of_address
    from claims
    where address is not null
    union
    select
        typed_text as url_text,
        false as is_of_address
    from {{ ref('int_form_values') }}
    where maps_to = 'website'
    union
    select
        website as url_text,
        false as is_of_address
    from {{ ref('int_crm_leads') }}
    union
    select
        domain as url_text,
        false as is_of_address
    from {{ source('reference', 'company_overrides') }}
    union
    select
        other_domain as url_text,
        false as is_of_address
    from {{ source('reference', 'company_overrides') }}

),

hosts as (

    select
        {{ url_host('url_text') }} as host_text,
        is_of_address

    from texts

),

-- counted rather than filtered: an engine would look for the host a second time, in every row of every text
final as (

    select
        host_text,
        bool_or(is_of_address) as is_of_address

    from hosts
    group by host_text
    having count(host_text) > 0

)

select * from final
