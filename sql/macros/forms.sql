{#- Letters and digits alone, without case and accents: what is left when names are compared. NULL when nothing is. -#}
{% macro bare_word(value) %}{{ return(adapter.dispatch('bare_word')(value)) }}{% endmacro %}

{% macro default__bare_word(value) -%}
    nullif(regexp_replace(strip_accents({{ folded(value) }}), '[^\p{L}\p{N}]', '', 'g'), '')
{%- endmacro %}

{#- A form field's name as the list form_fields has it: a bare word without a number at its end. `E-Mail 2 *` is `email`. -#}
{% macro field_word(value) %}{{ return(adapter.dispatch('field_word')(value)) }}{% endmacro %}

{% macro default__field_word(value) -%}
    nullif(
        regexp_replace(regexp_replace(strip_accents(lower({{ value }})), '[^\p{L}\p{N}]', '', 'g'), '[0-9]+$', ''), ''
    )
{%- endmacro %}

{#- The innermost part of a name that form builders nest: `contact[email]`, `fields[email][]`, `0-1/email`. NULL elsewhere. -#}
{% macro field_leaf(value) %}{{ return(adapter.dispatch('field_leaf')(value)) }}{% endmacro %}

{% macro default__field_leaf(value) -%}
    {{ field_word("regexp_extract(" ~ value ~ ", '(?:\\[|^\\d+-\\d+/)([^\\[\\]/]+)\\]?(?:\\[\\])?\\s*$', 1)") }}
{%- endmacro %}

{#- A list of (name, value) with the place of each, from 1, to unnest; NULL stays NULL. -#}
{% macro numbered_pairs(pairs) %}{{ return(adapter.dispatch('numbered_pairs')(pairs)) }}{% endmacro %}

{% macro default__numbered_pairs(pairs) -%}
    list_transform(
        {{ pairs }}, lambda pair, place: struct_pack(name := pair.name, value := pair.value, place := place)
    )
{%- endmacro %}

{#- A JSON value as one line of text: lists are joined by commas, objects and truth values are none. -#}
{% macro json_line(value) %}{{ return(adapter.dispatch('json_line')(value)) }}{% endmacro %}

{% macro default__json_line(value) -%}
    case json_type({{ value }})
        when 'OBJECT' then null
        when 'BOOLEAN' then null
        when 'ARRAY' then array_to_string(from_json({{ value }}, '["VARCHAR"]'), ', ')
        else json_extract_string({{ value }}, '$')
    end
{%- endmacro %}

{#- The text at a member of a JSON object that may be no JSON at all. -#}
{% macro json_member(value, name) %}{{ return(adapter.dispatch('json_member')(value, name)) }}{% endmacro %}

{% macro default__json_member(value, name) -%}
    case when json_valid({{ value }}) then json_extract_string({{ value }}, '$.{{ name }}') end
{%- endmacro %}

{#- Text with every run of blanks and line ends as one blank: names as people paste them. -#}
{% macro one_line(value) %}{{ return(adapter.dispatch('one_line')(value)) }}{% endmacro %}

{% macro default__one_line(value) -%}
    regexp_replace({{ trimmed(value) }}, '[\s\x{00a0}\x{200b}]+', ' ', 'g')
{%- endmacro %}

{#- A text that somebody meant: not what a template prints for nothing, such as `undefined` or `{{name}}`. -#}
{% macro meant(value) %}{{ return(adapter.dispatch('meant')(value)) }}{% endmacro %}

{% macro default__meant(value) -%}
    case when not regexp_full_match(
        {{ value }},
        'undefined|null|NULL|None|nil|NaN|[nN]/[aA]|\(null\)|\[object Object\]|\{\{.*\}\}|\$\{.*\}|%[A-Za-z_]+%|\[[A-Za-z_ -]+\]'
        || '|<[A-Za-z_ -]+>'
    ) then {{ value }} end
{%- endmacro %}

{#- The first word of a text on one line, and what follows it; NULL when there is none. -#}
{% macro first_word(value) %}{{ return(adapter.dispatch('first_word')(value)) }}{% endmacro %}

{% macro default__first_word(value) -%}
    nullif(split_part({{ value }}, ' ', 1), '')
{%- endmacro %}

{% macro rest_of_words(value) %}{{ return(adapter.dispatch('rest_of_words')(value)) }}{% endmacro %}

{% macro default__rest_of_words(value) -%}
    nullif(substr({{ value }}, strpos({{ value }} || ' ', ' ') + 1), '')
{%- endmacro %}

{#- Whether a feedback form asks in this input for a rating, by stars, thumbs, smileys or points, or for a mood. -#}
{% macro is_rating_label(label) %}{{ return(adapter.dispatch('is_rating_label')(label)) }}{% endmacro %}

{% macro default__is_rating_label(label) -%}
    coalesce(regexp_matches(
        {{ bare_word(label) }},
        'rating|^rate|score|^nps|netpromoter|stars?$|thumbs?|smiley|satisf|howlikely|bewertung|zufrieden|empfehlen'
        || '|^note$|evaluation|valoracion|puntuacion|valutazione|beoordeling|ocena'
    ), false)
{%- endmacro %}

{% macro is_mood_label(label) %}{{ return(adapter.dispatch('is_mood_label')(label)) }}{% endmacro %}

{% macro default__is_mood_label(label) -%}
    coalesce(regexp_matches(
        {{ bare_word(label) }},
        'mood|feel|emotion|sentiment|stimmung|gefuhl|fuhlst|fuhlen|humeur|ressent|animo|sientes|umore|stemming|nastroj'
    ), false)
{%- endmacro %}

{#- The rating of a feedback, as the vendor's webhook gives it: a number, or an object with it as `value`. -#}
{% macro stated_rating(extra) %}{{ return(adapter.dispatch('stated_rating')(extra)) }}{% endmacro %}

{% macro default__stated_rating(extra) -%}
    try_cast(coalesce(
        json_extract_string({{ extra }}, '$.rating.value'), json_extract_string({{ extra }}, '$.rating')
    ) as double)
{%- endmacro %}

{#- Whether a feedback form calls this input the comment, in one of several languages. -#}
{% macro is_comment_label(label) %}{{ return(adapter.dispatch('is_comment_label')(label)) }}{% endmacro %}

{% macro default__is_comment_label(label) -%}
    coalesce(regexp_full_match(
        {{ bare_word(label) }},
        '(?:your|ihr|dein|votre|ton|su|tu|uw|jouw|je)?'
        || '(?:comments?|kommentare?|commentaires?|comentarios?|commento|opmerking(?:en)?|komentarz|kommentti)'
    ), false)
{%- endmacro %}
