{#- The records of every vendor who knows people, as a query over the models `stg_<vendor>__contacts`: all that such a vendor
    gives to be matched, shown and credited. They have these columns, and _staging.yml says what each is. A subquery and no
    table, so that what it is filtered by reaches what the vendors gave. -#}
{% macro contacts() -%}
(
    {%- for vendor in var('contact_vendors') %}
    select
        '{{ vendor }}' as model_vendor,
        vendor,
        entity_type,
        entity_id,
        {{ contact_key() }} as record_key,
        occurred_at,
        email,
        phone,
        website,
        company_text,
        page_url,
        city,
        browser,
        is_demo,
        summary,
        load_id
    from {{ ref('stg_' ~ vendor ~ '__contacts') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)
{%- endmacro %}

{#- Columns of such records, each under its own name: nothing of what somebody made for show. -#}
{% macro unless_demo(columns) -%}
    {%- for column in columns -%}
        case when not is_demo then {{ column }} end as {{ column }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The key of such a record beside the session_key of visits. -#}
{% macro contact_key() -%}
    vendor || ':' || entity_type || ':' || entity_id
{%- endmacro %}

{#- The visit in which a contact or a recording was made, where exactly one fits, as published. -#}
{% macro visits_of_records() -%}
(
    select
        fits.vendor,
        fits.entity_type,
        fits.entity_id,
        sessions.session_id,
        sessions.session_key,
        sessions.channel,
        sessions.utm_campaign
    from {{ ref('int_visit_fits') }} as fits
    inner join {{ ref('fct_sessions') }} as sessions
        on fits.visit_key = sessions.session_key
    where fits.is_only_fit
)
{%- endmacro %}
