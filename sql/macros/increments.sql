{#- A mart as the published file has it, from which the candidate was copied; none while everything is built anew.
    It is no `ref`: this is the state that an increment starts from, before the model that owns it runs again. -#}
{% macro published(name) %}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(database=target.database, schema=target.schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Whether this build adds to marts that are there: all of those that grow, or none. -#}
{% macro is_increment() %}
    {{ return(published('fct_sessions') and published('fct_events') and published('company_links')) }}
{% endmacro %}

{#- Whether a row came with a load that the published file does not have yet; nothing is new where there is no such file.
    The greatest load that it was built from comes from the environment: dbt parses the whole project anew when a var changes. -#}
{% macro is_new(load_id) -%}
    {%- if is_increment() -%}
        {{ load_id }} > '{{ env_var("LEADPATH_SINCE_LOAD", "") }}'
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{#- The sessions that an increment takes out and makes again, whoever saw them. -#}
{% macro changed_session_keys() -%}
    session_key in (
        select session_key from build.intermediate.int_changed_sessions
        union
        select session_key from build.intermediate.int_changed_recordings
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
