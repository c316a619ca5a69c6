-- Fails with every mart that names a company which has no row in dim_companies, and how many of its rows do. Guards the
-- increment, which might leave a key that its company no longer has: a session or call would be lost from every sum,
-- and a reader who follows company_key_changes would find no company.

{%- set marts = [
    'ambiguous_links', 'company_360', 'company_key_changes', 'company_links', 'fct_calls', 'fct_feedback', 'fct_leads',
    'fct_sessions', 'fct_touchpoints',
] %}

with

companies as (

    select * from {{ ref('dim_companies') }}

)

{% for mart in marts %}
    select
        '{{ mart }}' as mart,
        count(*) as row_count

    from {{ ref(mart) }} as {{ mart }}
    left join companies
        on {{ mart }}.company_key = companies.company_key
    where {{ mart }}.company_key is not null and companies.company_key is null
    having count(*) > 0
    {% if not loop.last %}union all{% endif %}
{% endfor %}
