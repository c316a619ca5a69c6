{#- Text without the blanks at its ends that people paste: no-break and zero-width spaces, line ends. -#}
{% macro trimmed(value) %}{{ return(adapter.dispatch('trimmed')(value)) }}{% endmacro %}

{% macro default__trimmed(value) -%}
    trim({{ value }}, chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(8203) || chr(65279))
{%- endmacro %}

{#- Trimmed text; NULL when nothing is left. Not for use inside an expression: engines write nullif(x, '') as a CASE that
    computes x twice, and nested ones double each time. -#}
{% macro clean(value) -%}
    nullif({{ trimmed(value) }}, '')
{%- endmacro %}

{#- An organisation's uuid as it is compared and shown: the digits of a uuid have no case (RFC 9562, 4), and the same one
    has come in two. An id that is no uuid is left as it is. -#}
{% macro organisation_id(value) -%}
    case
        when translate(lower({{ clean(value) }}), '0123456789abcdef-', '') = '' then lower({{ clean(value) }})
        else {{ clean(value) }}
    end
{%- endmacro %}

{#- Text as it is compared: composed letters, without case. Beyond lower case, sharp s is ss, a sigma that ends a word is one
    as any other, and a Turkish i is an i with or without its dot. -#}
{% macro folded(value) %}{{ return(adapter.dispatch('folded')(value)) }}{% endmacro %}

{% macro default__folded(value) -%}
    case
        -- characters and bytes are as many where all are ASCII
        when length({{ value }}) = strlen({{ value }}) then lower({{ value }})
        else translate(replace(replace(lower(nfc_normalize({{ value }})), 'ß', 'ss'), chr(775), ''), 'ςıſ', 'σis')
    end
{%- endmacro %}

{#- ISO 3166 alpha-2 in upper case; NULL for anything else, and for the codes that mean "unknown". -#}
{% macro country_code(value) %}{{ return(adapter.dispatch('country_code')(value)) }}{% endmacro %}

{% macro default__country_code(value) -%}
    case
        when upper({{ trimmed(value) }}) = 'UK' then 'GB'
        when upper({{ trimmed(value) }}) in ('XX', 'ZZ') then null
        when regexp_full_match(upper({{ trimmed(value) }}), '[A-Z]{2}') then upper({{ trimmed(value) }})
    end
{%- endmacro %}

{#- A key of ours: the same parts always give the same key. Parts are text and may not be NULL. -#}
{% macro surrogate_key(parts) %}{{ return(adapter.dispatch('surrogate_key')(parts)) }}{% endmacro %}

{% macro default__surrogate_key(parts) -%}
    md5({{ parts | join(" || '|' || ") }})
{%- endmacro %}

{#- The day in the report's time zone on which an instant falls. -#}
{% macro report_day(instant) %}{{ return(adapter.dispatch('report_day')(instant)) }}{% endmacro %}

{% macro default__report_day(instant) -%}
    cast(timezone('{{ var("report_timezone") }}', {{ instant }}) as date)
{%- endmacro %}

{#- The instant at which a day of the report's time zone begins. -#}
{% macro day_start(day) %}{{ return(adapter.dispatch('day_start')(day)) }}{% endmacro %}

{% macro default__day_start(day) -%}
    timezone('{{ var("report_timezone") }}', cast({{ day }} as timestamp))
{%- endmacro %}

{#- Epoch seconds or milliseconds as an instant: seconds reach 1e11 in the year 5138. -#}
{% macro epoch_instant(value) %}{{ return(adapter.dispatch('epoch_instant')(value)) }}{% endmacro %}

{% macro default__epoch_instant(value) -%}
    to_timestamp({{ value }} / case when abs({{ value }}) >= 1e11 then 1000.0 else 1.0 end)
{%- endmacro %}

{#- The first value that is known, in the given order, within a group. -#}
{% macro first_known(value, ordering) %}{{ return(adapter.dispatch('first_known')(value, ordering)) }}{% endmacro %}

{% macro default__first_known(value, ordering) -%}
    first({{ value }} order by {{ ordering }}) filter (where {{ value }} is not null)
{%- endmacro %}

{#- Whole days from one instant to a later one; NULL when either is unknown or the second came first. -#}
{% macro whole_days(earlier, later) %}{{ return(adapter.dispatch('whole_days')(earlier, later)) }}{% endmacro %}

{% macro default__whole_days(earlier, later) -%}
    case when {{ later }} >= {{ earlier }} then cast(floor((epoch({{ later }}) - epoch({{ earlier }})) / 86400) as integer) end
{%- endmacro %}

{#- Every day from one to another, both included, as a list to unnest; NULL when either is unknown. -#}
{% macro day_list(first_day, last_day) %}{{ return(adapter.dispatch('day_list')(first_day, last_day)) }}{% endmacro %}

{% macro default__day_list(first_day, last_day) -%}
    generate_series({{ first_day }}, {{ last_day }}, interval 1 day)
{%- endmacro %}
