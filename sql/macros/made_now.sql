{#- dbt asks here what a test with `where` reads. `where: made_now` is the rows that an increment put in, and those of the
    same key: what was published before passed the same test then. Everything while everything is built anew. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if not where or (where == 'made_now' and not is_increment()) -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ (made_now(relation) if where == 'made_now' else where) ~ ') as tested') }}
{%- endmacro %}

{% macro made_now(relation) -%}
    {%- if relation.identifier in ('fct_sessions', 'fct_events') -%}
        {{ changed_session_keys() }}
    {%- elif relation.identifier == 'company_links' -%}
        {{ is_changed_link() }}
    {%- elif relation.identifier == 'fct_touchpoints' -%}
        {{ is_changed_touchpoint() }}
    {%- elif relation.identifier == 'int_sessions' -%}
        session_key in (select session_key from scratch.intermediate.int_new_sessions)
    {%- elif relation.identifier == 'int_recordings' -%}
        session_key in (select session_key from scratch.intermediate.int_new_recordings)
    {%- else -%}
        {{ exceptions.raise_compiler_error('No increment adds to ' ~ relation.identifier) }}
    {%- endif -%}
{%- endmacro %}
