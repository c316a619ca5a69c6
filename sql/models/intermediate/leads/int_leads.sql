-- One row per person who asked to be contacted. Grain: lead_key.
-- A new form can show that two people are one.

with

lead_requests as (

    select * from {{ ref('int_lead_requests') }}

),

ignored_emails as (

    select * from {{ source('reference', 'ignored_emails') }}

),

own_domains as (

    select distinct company_domain
    from {{ ref('int_hosts') }}
    where is_own

),

people as (

    select
        person,
        {{ first_known('own_identity', 'age_place') }} as oldest_identity,
        {{ first_known('origin', 'age_place') }} as known_from,
        max(email) as email,
        {{ first_known('contact_text', 'news_place') }} as contact_text,
        {{ first_known('phone', 'news_place') }} as phone,
        {{ first_known('company_text', 'news_place') }} as company,
        {{ first_known('website', 'news_place') }} as website,
        {{ first_known('city', 'news_place') }} as city,
        {{ first_known('form_name', 'news_place') }} as form_name,
        {{ first_known('session_id', 'age_place') }} as first_session_id,
        {{ first_known('session_id', 'news_place') }} as last_session_id,
        -- a lead that we made ourselves tells when it was made only where nothing tells when it was asked for
        coalesce(min(case when is_request then asked_at end), min(asked_at)) as created_at,
        coalesce(max(case when is_request then asked_at end), min(asked_at)) as last_requested_at,
        count(case when is_request then 1 end) as request_count

    from lead_requests
    group by person

),

-- both parts of the name from one request: two people may use one address
named as (

    select
        person,
        first_name,
        last_name,
        row_number() over (
            partition by person
            order by
                case when first_name is not null and last_name is not null then 0 else 1 end,
                case when first_name is not null or last_name is not null then 0 else 1 end,
                -- fields for both parts say where the border is
                is_split_name,
                news_place
        ) as place

    from lead_requests

),

in_crm as (

    select
        person,
        lead_id,
        lead_status,
        case when lead_status is not null then known_at end as lead_status_as_of,
        row_number() over (
            partition by person
            order by known_at desc nulls last, request_key asc
        ) as place

    from lead_requests
    where lead_id is not null or lead_status is not null

),

-- one of ours, or one to ignore
marked as (

    select
        people.person,
        bool_or(own_domains.company_domain is not null) as is_internal,
        bool_or(ignored_emails.email is not null) as is_ignored

    from people
    left join own_domains
        on '.' || split_part(people.email, '@', 2) like '%.' || own_domains.company_domain
    left join ignored_emails
        on ignored_emails.email in (
                people.email, '@' || split_part(people.email, '@', 2), split_part(people.email, '@', 1) || '@'
            )
    group by people.person

),

final as (

    select
        {{ surrogate_key(["'lead'", "people.oldest_identity"]) }} as lead_key,
        people.person,
        in_crm.lead_id,
        people.email,
        case when people.email is null then people.contact_text end as contact_text,
        named.first_name,
        named.last_name,
        people.phone,
        in_crm.lead_status,
        in_crm.lead_status_as_of,
        people.created_at,
        people.last_requested_at,
        greatest(people.request_count, 1) as request_count,
        people.known_from,
        people.first_session_id,
        people.last_session_id,
        people.company,
        people.website,
        people.city,
        people.form_name,
        marked.is_internal,
        marked.is_ignored

    from people
    inner join named
        on people.person = named.person and named.place = 1
    inner join marked
        on people.person = marked.person
    left join in_crm
        on people.person = in_crm.person and in_crm.place = 1

)

select * from final
