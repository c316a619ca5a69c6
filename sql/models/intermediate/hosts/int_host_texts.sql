-- One row per text that names a host, and the host: a website of an organisation, a referrer of a visit, a site of our
-- own, and what people named as theirs, by the host of their address, by a website, or in the operator's list. Grain:
-- url_text. Each text is read once: hosts are dear to find, and many rows have one text.

{#- who says so, in which column of which relation -#}
{%- set texts = [
    ('website', 'website', ref('int_stated_organisations')),
    ('website', 'website', ref('stg_snitcher__organisation_websites')),
    ('referrer', 'referrer', ref('int_visits')),
    ('own', 'site', source('reference', 'own_domains')),
    ('claim', 'website', ref('int_crm_leads')),
    ('claim', 'domain', source('reference', 'company_overrides')),
    ('claim', 'other_domain', source('reference', 'company_overrides')),
] %}
{%- set addresses = [
    ('caller_email', ref('int_calls')),
    ('stated_email', ref('int_known_visitors')),
    ('email', ref('int_recording_emails')),
    ('email', ref('int_form_values')),
    ('email', ref('int_crm_leads')),
] %}

with

texts as (

    {% for said_by, column, relation in texts %}
        select
            {{ column }} as url_text,
            '{{ said_by }}' as said_by
        from {{ relation }}
        union all
    {% endfor %}
    {% for column, relation in addresses %}
        select
            split_part({{ column }}, '@', 2) as url_text,
            'address' as said_by
        from {{ relation }}
        where {{ column }} is not null
        union all
    {% endfor %}
    select
        split_part(email, '@', 2) as url_text,
        'address' as said_by
    from {{ ref('stg_usersnap__feedbacks') }}
    where email is not null and not is_demo
    union all
    select
        typed_text as url_text,
        'claim' as said_by
    from {{ ref('int_form_values') }}
    where maps_to = 'website'

),

distinct_texts as (

    select
        url_text,
        bool_or(said_by = 'website') as is_website,
        bool_or(said_by = 'referrer') as is_referrer,
        bool_or(said_by in ('claim', 'address')) as is_claimed,
        bool_or(said_by = 'address') as is_of_address
    from texts
    where url_text is not null
    group by url_text

)

select
    url_text,
    {{ url_host('url_text') }} as host_text,
    is_referrer,
    is_claimed,
    is_of_address,
    case when is_website and not is_referrer then {{ is_front_page('url_text') }} else false end as is_front_page

from distinct_texts
