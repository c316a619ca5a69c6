{#- Fails with every combination of the columns that stands more than once. Guards a model's grain, as `unique` does: a
    join that repeats a row would count it twice. -#}
{% test unique_together(model, columns) %}

select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
