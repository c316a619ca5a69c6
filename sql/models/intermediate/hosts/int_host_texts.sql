-- One row per text that names a host, and the host: a website of an organisation, a referrer of a visit, a site of our
-- own, and what people named as theirs, by the host of their address, by a website, or in the operator's list. Grain:
-- url_text. Each text is read once: hosts are dear to find, and many rows have one text.

{#- who says so, in which column of which relation -#}
{%- set texts = [
    ('website', 'website', ref('stg_snitcher__organisations')),
    ('website', 'website', ref('stg_snitcher__organisation_websites')),
    ('referrer', 'referrer', ref('int_visits')),
    ('own', 'site', source('reference', 'own_domains')),
    ('claim', 'website', ref('int_crm_leads')),
    ('claim', 'case when not is_demo then website end', contacts() ~ ' as contacts'),
    ('claim', 'domain', source('reference', 'company_overrides')),
    ('claim', 'other_domain', source('reference', 'company_overrides')),
] %}
{%- set addresses = [
    ('case when not is_demo then email end', contacts() ~ ' as contacts'),
    ('stated_email', ref('int_recorded_people')),
    ('case when entity_type = \'session\' then email end', ref('int_recorded_people')),
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
        typed_text as url_text,
        'claim' as said_by
    from {{ ref('int_form_values') }}
    where maps_to = 'website'

),

distinct_texts as (

    select
        url_text,
        {{ url_host('url_text') }} as host_text,
        bool_or(said_by = 'website') as is_website,
        bool_or(said_by = 'referrer') as is_referrer,
        bool_or(said_by in ('claim', 'address')) as is_claimed,
        bool_or(said_by = 'address') as is_of_address
    from texts
    where url_text is not null
    group by url_text

)

select
    texts.url_text,
    texts.host_text,
    coalesce(idn_hosts.host, texts.host_text) as host,
    texts.is_referrer,
    texts.is_claimed,
    texts.is_of_address,
    case when texts.is_website and not texts.is_referrer then {{ is_front_page('texts.url_text') }} else false end
        as is_front_page

from distinct_texts as texts
left join {{ source('reference', 'idn_hosts') }} as idn_hosts
    on texts.host_text = idn_hosts.host_text
