{#- A mart as the published file has it, from which the candidate was copied; none while everything is built anew.
    It is no `ref`: this is the state that an increment starts from, before the model that owns it runs again. -#}
{% macro published(name) %}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(database=target.database, schema=target.schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Whether this build adds to marts that are there: it was told since which load, and all of those that grow are there. -#}
{% macro is_increment() %}
    {{ return(
        published('fct_sessions') and published('fct_events') and published('company_links') and since_load() != ''
    ) }}
{% endmacro %}

{#- The greatest load that the published file was built from; empty while everything is built anew. It comes from the
    environment: dbt parses the whole project anew when a var changes. -#}
{% macro since_load() %}{{ return(env_var('LEADPATH_SINCE_LOAD', '')) }}{% endmacro %}

{#- An intermediate table as the last build left it, of the same state as the published file; none while everything is built
    anew. No `ref` either: an increment reads what it is about to change. -#}
{% macro built(name) %}
    {%- if execute and is_increment() -%}
        {{ return(adapter.get_relation(database='build', schema='intermediate', identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Whether a row came with a load that the published file does not have yet; nothing is new while everything is. -#}
{% macro is_new(load_id) -%}
    {%- if is_increment() -%}
        {{ load_id }} > '{{ since_load() }}'
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{#- Whether some rows of the last build are no longer in what they were built from. Three counts tell, at a quarter of what it
    costs to look for each row. -#}
{% macro some_are_gone(name, source, keys) %}
    {%- if built(name) -%}
        {%- set counted = run_query(
            'select'
            ~ ' (select count(*) from ' ~ built(name) ~ ')'
            ~ ' - (select count(*) from ' ~ built(name) ~ ' inner join'
            ~ ' (select ' ~ keys | join(', ') ~ ' from ' ~ source ~ ' where ' ~ is_new('load_id') ~ ') as new_rows'
            ~ ' using (' ~ keys | join(', ') ~ '))'
            ~ ' > (select count(*) from ' ~ source ~ ' where not ' ~ is_new('load_id') ~ ')'
        ) -%}
        {{ return(counted.columns[0].values()[0]) }}
    {%- endif -%}
    {{ return(false) }}
{% endmacro %}

{#- The sessions that an increment takes out and makes again, whoever saw them. -#}
{% macro changed_session_keys() -%}
    session_key in (
        select session_key from scratch.intermediate.int_changed_sessions
        union
        select session_key from scratch.intermediate.int_changed_recordings
    )
{%- endmacro %}

{#- The sessions that changed in raw: an increment reads their events again, and no others. -#}
{% macro new_session_keys() -%}
    session_key in (
        select session_key from scratch.intermediate.int_new_sessions
        union
        select session_key from scratch.intermediate.int_new_recordings
    )
{%- endmacro %}

{#- Run before an increment is inserted: events go with their session to another company. -#}
{% macro move_events(relation) -%}
    {%- if is_increment() -%}
        update {{ relation }} set company_key = sessions.company_key
        from scratch.intermediate.int_seen_sessions as sessions
        where
            {{ relation.identifier }}.session_key = sessions.session_key
            and {{ relation.identifier }}.company_key is distinct from sessions.company_key
            and not sessions.{{ new_session_keys() }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{#- The pairs of a recording and a visit that an increment takes out and makes again. -#}
{% macro is_changed_pair() -%}
    (
        session_key in (select session_key from scratch.intermediate.int_new_recordings)
        or visit_key in (select session_key from scratch.intermediate.int_new_sessions)
    )
{%- endmacro %}

{#- The visits whose touchpoints an increment takes out and makes again. -#}
{% macro is_changed_visit() -%}
    session_id in (select session_id from scratch.intermediate.int_changed_visits)
{%- endmacro %}

{#- The touchpoints that an increment takes out and makes again. -#}
{% macro is_changed_touchpoint() -%}
    (
        touchpoint_key in (select touchpoint_key from scratch.intermediate.int_built_contacts)
        or (touch_type in ('session', 'form_submit') and {{ is_changed_visit() }})
    )
{%- endmacro %}

{#- The links that an increment takes out and makes again. -#}
{% macro is_changed_link() -%}
    (
        (
            entity_type = 'session' and entity_id in (
                select session_id from scratch.intermediate.int_changed_sessions
                union
                select session_id from scratch.intermediate.int_changed_recordings
            )
        )
        or (
            entity_type != 'session' and (vendor, entity_type, entity_id) in (
                select vendor, entity_type, entity_id from scratch.intermediate.int_built_links
            )
        )
    )
{%- endmacro %}

{#- Run before an increment is inserted: takes out the rows that it puts in again, and those that went away. -#}
{% macro delete_changed(relation, condition) -%}
    {%- if is_increment() -%}
        delete from {{ relation }} where {{ condition }}
    {%- elif is_incremental() -%}
        delete from {{ relation }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}
