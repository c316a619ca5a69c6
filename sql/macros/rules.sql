{#- How sure a rule is: the documented constants of the project's vars. -#}
{% macro rule_confidence(rule) -%}
    case {{ rule }}
        {%- for name in var('rule_confidence') %}
        when '{{ name }}' then cast({{ var('rule_confidence')[name] }} as double)
        {%- endfor %}
    end
{%- endmacro %}

{#- What a kind of touch adds to a company's engagement score. -#}
{% macro touch_weight(kind) -%}
    {{ var('touch_weight')[kind] }}
{%- endmacro %}
