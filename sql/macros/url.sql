{#- What may stand before a host: a scheme, doubled or mistyped (`https//`, `http:`, `http;//`) or none, quotation marks and
    brackets, name and password. As `BEFORE` in pipelines/domains.py. -#}
{% macro before_host() -%}
    ^(?:[\s"''<(.]*(?:(?:www\.)?https?[:;.]?[/\\]+|(?:www\.)?https?[:;]|[a-z][a-z0-9+.-]*://|mailto:|[/\\]{2})\s*)*[\s"''<(.]*(?:[^/?#\\\s]*@)?
{%- endmacro %}

{#- The host of a URL in lower case, without scheme, user, port and trailing dots. A scheme may be missing, doubled or
    mistyped (`http:/acme.com`), an e-mail address gives its host, `[::1]` stays as it is. NULL when there is none.
    As `HOST` in pipelines/domains.py. -#}
{% macro url_host(url) %}{{ return(adapter.dispatch('url_host')(url)) }}{% endmacro %}

{% macro default__url_host(url) -%}
    nullif(rtrim(regexp_extract(
        lower({{ trimmed(url) }}),
        '{{ before_host() }}(\[[^\]]*\]|[^/?#\\:@\s,;|"''<>()]+)',
        1
    ), '.'), '')
{%- endmacro %}

{#- A value of a URL's query, decoded; the text itself where it cannot be decoded. NULL when absent or blank. -#}
{% macro url_query_value(url, name) %}{{ return(adapter.dispatch('url_query_value')(url, name)) }}{% endmacro %}

{% macro default__url_query_value(url, name) -%}
    {%- set found = "replace(regexp_extract(" ~ url ~ ", '(?i)^[^#?]*\?(?:[^#]*&(?:amp;)?)?" ~ name ~ "=([^&#]*)', 1), '+', ' ')" -%}
    case when {{ url }} like '%?%' then {{ clean("coalesce(try(url_decode(" ~ found ~ ")), " ~ found ~ ")") }} end
{%- endmacro %}

{#- The last n labels of a host. -#}
{% macro last_labels(host, n) %}{{ return(adapter.dispatch('last_labels')(host, n)) }}{% endmacro %}

{% macro default__last_labels(host, n) -%}
    array_to_string(list_slice(string_split({{ host }}, '.'), -({{ n }}), -1), '.')
{%- endmacro %}

{#- How many labels a host has. -#}
{% macro label_count(host) -%}
    (length({{ host }}) - length(replace({{ host }}, '.', '')) + 1)
{%- endmacro %}

{#- Whether a host is a name that somebody can have registered: no address, no single word, no name of a private network. -#}
{% macro is_public_host(host) %}{{ return(adapter.dispatch('is_public_host')(host)) }}{% endmacro %}

{% macro default__is_public_host(host) -%}
    (
        length({{ host }}) <= 253
        and regexp_full_match(
            {{ host }}, '(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])'
        )
        and {{ last_labels(host, 1) }} not in ('local', 'localhost', 'localdomain', 'internal', 'lan', 'invalid', 'arpa', 'onion')
    )
{%- endmacro %}

{#- Whether a URL names nothing below its host: no path, query or fragment. -#}
{% macro is_front_page(url) %}{{ return(adapter.dispatch('is_front_page')(url)) }}{% endmacro %}

{% macro default__is_front_page(url) -%}
    regexp_full_match(
        lower({{ trimmed(url) }}), '{{ before_host() }}[^/?#\\:@\s,;|"''<>()]+(?::[0-9]+)?[/\\\s"''<>()]*'
    )
{%- endmacro %}
