-- One row per record that says something of its company, or that only matching can link, with what it says in
-- comparable form; of a contact also where and when it was made. Grain: vendor, entity_type, entity_id. Organisations
-- are no such records, and what somebody made for show says nothing. Domains are those of companies: no free mail, no
-- platform, not our own.

{#- by a contact, unless somebody made it for show -#}
{%- set said = [
    'email', 'phone', 'website', 'company_text', 'occurred_at', 'page_url', 'city', 'browser', 'summary', 'load_id'
] %}

with

buttons as (

    select * from {{ ref('stg_snapcall__buttons') }}

),

-- what our call buttons ring or show
own_numbers as (

    select distinct phone_numbers.e164 as phone
    from (
        select
            destination_number as number_text,
            time_zone
        from buttons
        union all
        select
            shown_number as number_text,
            time_zone
        from buttons
    ) as numbers
    left join {{ source('reference', 'time_zones') }} as time_zones
        on numbers.time_zone = time_zones.time_zone
    inner join {{ source('reference', 'phone_numbers') }} as phone_numbers
        on
            numbers.number_text = phone_numbers.number_text
            and coalesce(time_zones.region, 'ZZ') = phone_numbers.region

),

-- any other session is of the company of its visit
records as (

    -- in whose forms one address was typed, and no other
    select {{ record('snitcher', 'session', 'session_id', 'min(email)') }}
    from {{ ref('int_form_submissions') }}
    where coalesce(purpose, '') != 'ignore'
    group by session_id
    having min(email) = max(email)
    union all
    -- an id that two projects have tells nothing
    select {{ record('smartlook', 'visitor', 'entity_id', 'case when count(*) = 1 then min(email) end') }}
    from {{ ref('int_recorded_people') }}
    where entity_type = 'visitor'
    group by entity_id
    union all
    select {{ record('smartlook', 'session', 'entity_id', 'email') }}
    from {{ ref('int_recorded_people') }}
    where entity_type = 'session'
    union all
    select {{ record(
        'snapcrm', 'lead', 'lead_key', 'email', phone='phone', website='website', company_text='company'
    ) }}
    from {{ ref('int_leads') }}
    union all
    select
        vendor,
        entity_type,
        entity_id,
        {{ unless_demo(said) }}
    from {{ contacts() }} as contacts

),

hosts as (

    select * from {{ ref('int_hosts') }}

),

with_hosts as (

    select
        *,
        split_part(email, '@', 2) as email_host,
        {{ url_host('website') }} as website_host,
        {{ normalised_name('company_text') }} as company_name

    from records

),

final as (

    select
        with_hosts.vendor,
        with_hosts.entity_type,
        with_hosts.entity_id,
        with_hosts.email,
        case when not email_hosts.is_own then email_hosts.mail_domain end as email_domain,
        coalesce(email_hosts.is_own, false) as is_own_email,
        case when own_numbers.phone is null then with_hosts.phone end as phone,
        case when not website_hosts.is_own then website_hosts.company_domain end as website_domain,
        with_hosts.company_text,
        with_hosts.company_name,
        with_hosts.occurred_at,
        with_hosts.page_url,
        with_hosts.city,
        with_hosts.browser,
        with_hosts.summary,
        with_hosts.load_id

    from with_hosts
    left join hosts as email_hosts
        on with_hosts.email_host = email_hosts.host_text
    left join hosts as website_hosts
        on with_hosts.website_host = website_hosts.host_text
    left join own_numbers
        on with_hosts.phone = own_numbers.phone

)

select * from final
