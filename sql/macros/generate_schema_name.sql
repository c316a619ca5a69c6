{#- A schema is called what the project says: readers of the published file rely on `marts`. A vendor's staging models have one of
    their own. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if node.resource_type == 'model' and node.fqn[1] == 'staging' -%}
        staging_{{ node.fqn[2] }}
    {%- else -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
