{#- Where a rule stands in the order of the rules, from 1: that of the project's vars. -#}
{% macro rule_place(rule) -%}
    case {{ rule }}
        {%- for name in var('rule_confidence') %}
        when '{{ name }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

{#- What a record that is no contact says of its company, as a select list with the columns of contacts. -#}
{% macro record(vendor, entity_type, entity_id, email, phone=none, website=none, company_text=none) -%}
        '{{ vendor }}' as vendor,
        '{{ entity_type }}' as entity_type,
        {{ entity_id }} as entity_id,
        {{ email }} as email,
        {{ phone or 'cast(null as varchar)' }} as phone,
        {{ website or 'cast(null as varchar)' }} as website,
        {{ company_text or 'cast(null as varchar)' }} as company_text,
        cast(null as timestamp with time zone) as occurred_at,
        cast(null as varchar) as page_url,
        cast(null as varchar) as city,
        cast(null as varchar) as browser,
        cast(null as varchar) as summary,
        cast(null as varchar) as load_id
{%- endmacro %}

{#- What a group of organisations, or of one's rows, says together, as a select list: of each fact the first that is known, by
    their `place`, and every tag and segment. -#}
{% macro facts_of_organisations() -%}
        {%- for fact in [
            'organisation_name', 'company_domain', 'industry', 'size_band', 'country_code', 'city', 'phone'
        ] -%}
        {{ first_known(fact, 'place') }} as {{ fact }},
        {% endfor -%}
        {{ merged_texts('tags') }} as tags,
        {{ merged_texts('segments') }} as segments,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
{%- endmacro %}

{#- A page as two vendors can agree on it: host and path, decoded, without scheme, `www.`, the usual port, query, fragment and
    the last slash. -#}
{% macro page_of(url) %}{{ return(adapter.dispatch('page_of')(url)) }}{% endmacro %}

{% macro default__page_of(url) -%}
    {%- set page -%}
        regexp_extract({{ trimmed(url) }}, '(?i)^(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?([^?#]+)', 1)
    {%- endset -%}
    {%- set plain -%}
        regexp_replace(replace(coalesce(try(url_decode({{ page }})), {{ page }}), '&amp;', '&'), '^([^/:]+):(?:80|443)(/|$)', '\1\2')
    {%- endset -%}
    nullif(rtrim(case
        -- few paths need it, and it is dear
        when regexp_matches({{ url }}, '^[^?#]*(?:[%&]|[^\x00-\x7F]|:(?:80|443)(?:[/?#]|$))')
            then lower(nfc_normalize({{ plain }}))
        else lower({{ page }})
    end, '/ '), '')
{%- endmacro %}

{#- A browser's family, under any name that a vendor gives it: `Mobile Safari`, `Chrome 126`, `Microsoft Edge`. -#}
{% macro browser_family(browser) %}{{ return(adapter.dispatch('browser_family')(browser)) }}{% endmacro %}

{% macro default__browser_family(browser) -%}
    case
        when lower({{ browser }}) like '%samsung%' then 'samsung'
        when regexp_matches(lower({{ browser }}), 'edge|edg[ /]|edga|edgios|^edg$') then 'edge'
        when regexp_matches(lower({{ browser }}), 'opera|opr') then 'opera'
        when regexp_matches(lower({{ browser }}), 'firefox|fxios') then 'firefox'
        when regexp_matches(lower({{ browser }}), 'chrome|chromium|crios') then 'chrome'
        when lower({{ browser }}) like '%safari%' then 'safari'
        else nullif(regexp_replace(lower({{ browser }}), '[^\p{L}]', '', 'g'), '')
    end
{%- endmacro %}

{#- A company's name without case, accents, punctuation and the words for its legal form at its end. -#}
{% macro normalised_name(name) %}{{ return(adapter.dispatch('normalised_name')(name)) }}{% endmacro %}

{% macro default__normalised_name(name) -%}
    nullif(regexp_replace(
        trim(regexp_replace(regexp_replace(
            strip_accents({{ folded(name) }}), '[.''’]', '', 'g'
        ), '[^\p{L}\p{N}]+', ' ', 'g')),
        '(?: (?:gmbh|mbh|co|kg|kgaa|ohg|gbr|ug|ag|ev|eg|inc|incorporated|llc|llp|lp|ltd|limited|plc|pty|pvt|private|corp'
        || '|corporation|company|bv|nv|vof|sa|sa de cv|sas|sarl|sasu|eurl|srl|spa|snc|sl|slu|lda|ltda|limitada|ab|as|a s'
        || '|asa|aps|oy|oyj|sro|kft|zrt|doo|sp z oo|spzoo|sp|zoo|kk|pte|gesellschaft|aktiengesellschaft|bvba|se))+$',
        ''
    ), '')
{%- endmacro %}

{#- Whether two names, each of a first and a last part as bare words, may be those of one person: what both say agrees (an
    initial agrees with what it begins), and they say something in common. -#}
{% macro may_be_one_name(one, other) -%}
    (
        coalesce(
            {{ one }}.first_key = {{ other }}.first_key
            or (
                least(length({{ one }}.first_key), length({{ other }}.first_key)) = 1
                and left({{ one }}.first_key, 1) = left({{ other }}.first_key, 1)
            ),
            true
        )
        and coalesce({{ one }}.last_key = {{ other }}.last_key, true)
        and (
            coalesce(left({{ one }}.first_key, 1) = left({{ other }}.first_key, 1), false)
            or coalesce({{ one }}.last_key = {{ other }}.last_key, false)
        )
    )
{%- endmacro %}

{#- The number of a stretch of so many seconds in which an instant falls. -#}
{% macro time_slot(instant, seconds) %}{{ return(adapter.dispatch('time_slot')(instant, seconds)) }}{% endmacro %}

{% macro default__time_slot(instant, seconds) -%}
    cast(floor(epoch({{ instant }}) / {{ seconds }}) as bigint)
{%- endmacro %}

{#- The numbers from one to another, both included, as a list to unnest. -#}
{% macro number_list(first_number, last_number) %}{{ return(adapter.dispatch('number_list')(first_number, last_number)) }}{% endmacro %}

{% macro default__number_list(first_number, last_number) -%}
    generate_series({{ first_number }}, {{ last_number }})
{%- endmacro %}

{#- Seconds from one instant to another. -#}
{% macro seconds_between(earlier, later) %}{{ return(adapter.dispatch('seconds_between')(earlier, later)) }}{% endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (epoch({{ later }}) - epoch({{ earlier }}))
{%- endmacro %}

{#- The texts of a group, each once, sorted, as one line; NULL when there is none. -#}
{% macro texts_of(value) %}{{ return(adapter.dispatch('texts_of')(value)) }}{% endmacro %}

{% macro default__texts_of(value) -%}
    array_to_string(list_sort(list_distinct(list({{ value }}))), '; ')
{%- endmacro %}

{#- The same list of one claim. -#}
{% macro claim(rule, company_key, evidence) %}{{ return(adapter.dispatch('claim')(rule, company_key, evidence)) }}{% endmacro %}

{% macro default__claim(rule, company_key, evidence) -%}
    to_json(list_value(struct_pack(
        rule := {{ rule }}, evidence := {{ evidence }}, company_key := {{ company_key }}
    )))
{%- endmacro %}

{#- What a group of claims says against a link, as a JSON list: each with its rule, the company that it names, and its words.
    NULL when there is none. -#}
{% macro claims_of(rule, company_key, evidence) %}{{ return(adapter.dispatch('claims_of')(rule, company_key, evidence)) }}{% endmacro %}

{% macro default__claims_of(rule, company_key, evidence) -%}
    to_json(list_sort(list_distinct(list(struct_pack(
        rule := {{ rule }}, evidence := {{ evidence }}, company_key := {{ company_key }}
    )))))
{%- endmacro %}

{#- A query: what the first rule that names any company says of each record. A rule that names several, or that is not
    certain, decides nothing, and no weaker one is asked in its place. What stronger rules decided, in the same columns, goes
    `before` and stands. -#}
{% macro decided_by(relations, before=none) -%}
with

asked as (
    {% for relation in relations %}
    select
        candidates.*,
        {{ rule_place('candidates.rule') }} as rule_place

    from {{ relation }} as candidates
    {%- if before %}
    left join {{ before }} as stronger
        on
            candidates.vendor = stronger.vendor
            and candidates.entity_type = stronger.entity_type
            and candidates.entity_id = stronger.entity_id
    where stronger.entity_id is null
    {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

first_places as (

    select
        vendor,
        entity_type,
        entity_id,
        min(rule_place) as first_place

    from asked
    group by vendor, entity_type, entity_id

),

answers as (

    select
        asked.vendor,
        asked.entity_type,
        asked.entity_id,
        min(asked.rule) as rule,
        min(asked.company_key) as company_key,
        -- of what is decided there is one candidate
        min(asked.evidence) as evidence,
        min(asked.rests_on_type) as rests_on_type,
        min(asked.rests_on_id) as rests_on_id,
        min(asked.met_value) as met_value,
        count(distinct asked.company_key) <= 1 and bool_and(asked.is_certain) as is_decided

    from asked
    inner join first_places
        on
            asked.vendor = first_places.vendor
            and asked.entity_type = first_places.entity_type
            and asked.entity_id = first_places.entity_id
            and asked.rule_place = first_places.first_place
    group by asked.vendor, asked.entity_type, asked.entity_id

)

select
    vendor,
    entity_type,
    entity_id,
    case when is_decided then company_key end as company_key,
    case when is_decided then rule end as rule,
    case when is_decided then evidence end as evidence,
    case when is_decided then rests_on_type end as rests_on_type,
    case when is_decided then rests_on_id end as rests_on_id,
    case when is_decided then met_value end as met_value

from answers
{%- if before %}
union all
select * from {{ before }}
{%- endif %}
{%- endmacro %}
