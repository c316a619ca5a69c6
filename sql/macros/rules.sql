{#- How sure a rule is: the documented constants of the project's vars. -#}
{% macro rule_confidence(rule) -%}
    case {{ rule }}
        {%- for name, confidence in var('rule_confidence').items() %}
        when '{{ name }}' then cast({{ confidence }} as double)
        {%- endfor %}
    end
{%- endmacro %}

{#- What a kind of touch adds to a company's engagement score. -#}
{% macro touch_weight(kind) -%}
    {{ var('touch_weight')[kind] }}
{%- endmacro %}
