{#- The whole idea of an increment: tables `*_this_build` say which rows have to be made again, models that grow read only
    those, and the strategy below takes them out of what is there and puts in what the model made. All of it is known to
    dbt's graph. In a full build such tables are empty, and nothing is taken out. -#}

{#- A table as the last build left it, whether this build has made it again or not; none in a full build. It is no `ref`:
    what reads it has to run before the table changes. -#}
{% macro previous(name) %}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- set node = graph.nodes['model.leadpath.' ~ name] -%}
        {{ return(adapter.get_relation(database=node.database, schema=node.schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{#- Whether this build adds to marts that are there: it was told since which load, and all of those that grow are there. -#}
{% macro is_increment() %}
    {{ return(
        since_load() != '' and previous('fct_sessions') and previous('fct_events') and previous('company_links')
    ) }}
{% endmacro %}

{#- The greatest load that the published file was built from; empty in a full build. It comes from the environment: dbt
    parses the whole project again when a var changes. -#}
{% macro since_load() %}{{ return(env_var('LEADPATH_SINCE_LOAD', '')) }}{% endmacro %}

{#- Whether a row came with a load that the published file does not have yet; nothing is new in a full build. -#}
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
    {%- if is_increment() -%}
        {%- set counted = run_query(
            '/* decides */ select'
            ~ ' (select count(*) from ' ~ previous(name) ~ ')'
            ~ ' - (select count(*) from ' ~ previous(name) ~ ' inner join'
            ~ ' (select ' ~ keys | join(', ') ~ ' from ' ~ source ~ ' where ' ~ is_new('load_id') ~ ') as new_rows'
            ~ ' using (' ~ keys | join(', ') ~ '))'
            ~ ' > (select count(*) from ' ~ source ~ ' where not ' ~ is_new('load_id') ~ ')'
        ) -%}
        {{ return(counted.columns[0].values()[0]) }}
    {%- endif -%}
    {{ return(false) }}
{% endmacro %}

{#- Which rows of a model that grows an increment makes again: those whose `unique_key` is in the relation that the model's
    config calls `changed`. A model of pairs has a second key, `or_key`, for the other side. -#}
{% macro is_of_this_build(name) -%}
    {%- set config = graph.nodes['model.leadpath.' ~ name].config -%}
    {%- set changed = graph.nodes['model.leadpath.' ~ config.meta.changed].relation_name -%}
    {%- set key = config.unique_key if config.unique_key is string else config.unique_key | join(', ') -%}
    ({{ key }}) in (select {{ key }} from {{ changed }})
    {%- if config.meta.or_key %} or {{ config.meta.or_key }} in (select {{ key }} from {{ changed }}){% endif %}
{%- endmacro %}

{#- The incremental strategy of every model that grows, which none has to name. -#}
{% macro get_incremental_default_sql(arg_dict) %}{{ return(get_incremental_replace_changed_sql(arg_dict)) }}{% endmacro %}

{% macro get_incremental_replace_changed_sql(arg_dict) %}
    delete from {{ arg_dict['target_relation'] }}
    {%- if is_increment() %} where {{ is_of_this_build(arg_dict['target_relation'].identifier) }}{% endif %};
    {{ get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns']) }}
{% endmacro %}

{#- dbt asks here what a test with `where` reads. `where: this_build` is the rows that an increment put in, and those of the
    same key: what was published before passed the same test then. Everything in a full build. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where == 'this_build' -%}
        {%- set where = is_of_this_build(relation.identifier) if is_increment() else '' -%}
    {%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as tested' if where else relation) }}
{%- endmacro %}
