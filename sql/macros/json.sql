{#- A vendor's list of {name, value} objects, or its object, as a list of (name, value). NULL for anything else. -#}
{% macro json_pairs(value) %}{{ return(adapter.dispatch('json_pairs')(value)) }}{% endmacro %}

{% macro default__json_pairs(value) -%}
    case json_type({{ value }})
        when 'ARRAY' then list_filter(
            from_json({{ value }}, '[{"name": "VARCHAR", "value": "JSON"}]'), lambda pair: pair.name is not null
        )
        when 'OBJECT' then list_transform(
            json_keys({{ value }}),
            lambda name: struct_pack(
                name := name,
                value := json_extract({{ value }}, '/' || replace(replace(name, '~', '~0'), '/', '~1'))
            )
        )
    end
{%- endmacro %}

{#- Names alone, each with null: what people typed into a form is not published. -#}
{% macro without_values(pairs) %}{{ return(adapter.dispatch('without_values')(pairs)) }}{% endmacro %}

{% macro default__without_values(pairs) -%}
    list_transform({{ pairs }}, lambda pair: struct_pack(name := pair.name, value := cast(null as json)))
{%- endmacro %}

{#- (name, value) of one value, as a list; NULL when the value is unknown. -#}
{% macro one_pair(name, value) %}{{ return(adapter.dispatch('one_pair')(name, value)) }}{% endmacro %}

{% macro default__one_pair(name, value) -%}
    case when {{ value }} is not null then list_value(struct_pack(name := '{{ name }}', value := to_json({{ value }}))) end
{%- endmacro %}

{#- Lists of pairs, one after the other; NULL lists are skipped. -#}
{% macro joined_pairs(lists) %}{{ return(adapter.dispatch('joined_pairs')(lists)) }}{% endmacro %}

{% macro default__joined_pairs(lists) -%}
    flatten(list_filter(list_value({{ lists | join(', ') }}), lambda pairs: pairs is not null))
{%- endmacro %}

{#- A column of pairs as a JSON object. Where a name stands twice, its first value counts. NULL when there is no name. -#}
{% macro json_object_of(pairs) %}{{ return(adapter.dispatch('json_object_of')(pairs)) }}{% endmacro %}

{% macro default__json_object_of(pairs) -%}
    case when len({{ pairs }}) > 0 then cast('{' || array_to_string(list_transform(
        list_filter(
            {{ pairs }},
            lambda pair, place: list_position(list_transform({{ pairs }}, lambda each: each.name), pair.name) = place
        ),
        lambda pair: cast(to_json(pair.name) as varchar) || ':' || coalesce(cast(pair.value as varchar), 'null')
    ), ',') || '}' as json) end
{%- endmacro %}

{#- The texts of a JSON list, sorted, each once; NULL when there is none. `field` takes that member of each object. -#}
{% macro json_texts(value, field=none) %}{{ return(adapter.dispatch('json_texts')(value, field)) }}{% endmacro %}

{% macro default__json_texts(value, field) -%}
    case when json_type({{ value }}) = 'ARRAY' then
        {%- if field %}
        list_transform(from_json({{ value }}, '[{"{{ field }}": "VARCHAR"}]'), lambda each: {{ clean('each.' ~ field) }})
        {%- else %}
        list_transform(from_json({{ value }}, '["VARCHAR"]'), lambda each: {{ clean('each') }})
        {%- endif %}
    end
{%- endmacro %}

{#- All texts of the lists in a group, sorted, each once; NULL when there is none. -#}
{% macro merged_texts(lists) %}{{ return(adapter.dispatch('merged_texts')(lists)) }}{% endmacro %}

{% macro default__merged_texts(lists) -%}
    nullif(list_sort(list_distinct(flatten(list({{ lists }})))), [])
{%- endmacro %}

{#- All values of a group that are known, sorted, each once; NULL when there is none. -#}
{% macro known_values(value) %}{{ return(adapter.dispatch('known_values')(value)) }}{% endmacro %}

{% macro default__known_values(value) -%}
    nullif(list_sort(list_distinct(list({{ value }}))), [])
{%- endmacro %}

{#- The inputs of a feedback form in the vendor's order, with their texts and numbers; NULL when there is no list. Ticked boxes
    have neither. -#}
{% macro feedback_inputs(value) %}{{ return(adapter.dispatch('feedback_inputs')(value)) }}{% endmacro %}

{% macro default__feedback_inputs(value) -%}
    case when json_type({{ value }}) = 'ARRAY' then list_transform(
        from_json({{ value }}, '["JSON"]'),
        lambda each, place: struct_pack(
            place := place,
            input_order := try_cast(json_extract_string(each, '$.order') as bigint),
            label := json_extract_string(each, '$.label'),
            text_value := case
                when json_type(each, '$.text_value') = 'VARCHAR' then json_extract_string(each, '$.text_value')
                when json_type(each, '$.value') = 'VARCHAR' then json_extract_string(each, '$.value')
            end,
            -- a ticked box is no number
            number_value := case
                when json_type(each, '$.value') != 'BOOLEAN'
                    then try_cast(json_extract_string(each, '$.value') as double)
            end
        )
    ) end
{%- endmacro %}

{#- What somebody wrote: the text of the input that is called comment, else of the first that has text. -#}
{% macro feedback_comment(inputs) %}{{ return(adapter.dispatch('feedback_comment')(inputs)) }}{% endmacro %}

{% macro default__feedback_comment(inputs) -%}
    list_sort(list_transform(
        list_filter({{ feedback_inputs(inputs) }}, lambda input: {{ clean('input.text_value') }} is not null),
        lambda input: struct_pack(
            rank := case when {{ is_comment_label('input.label') }} then 0 else 1 end,
            input_order := coalesce(input.input_order, 9223372036854775807),
            place := input.place,
            comment_text := {{ clean('input.text_value') }}
        )
    ))[1].comment_text
{%- endmacro %}

{#- The steps of a funnel with their places, from 1; NULL when there is no list. -#}
{% macro funnel_steps(value) %}{{ return(adapter.dispatch('funnel_steps')(value)) }}{% endmacro %}

{% macro default__funnel_steps(value) -%}
    case when json_type({{ value }}) = 'ARRAY' then list_transform(
        from_json({{ value }}, '["JSON"]'),
        lambda each, place: struct_pack(
            place := place,
            event_definition_id := json_extract_string(each, '$.event.id'),
            event_name := json_extract_string(each, '$.event.eventName'),
            visitor_count := try_cast(json_extract_string(each, '$.visitorsCount') as bigint),
            percent_from_previous_step := try_cast(json_extract_string(each, '$.percentFromPreviousStep') as double)
        )
    ) end
{%- endmacro %}
