{#- Fails with every value that stands more than once, and where there is none. Guards a model's grain: a join that repeats
    a row would count it twice. One test, since each costs a build as much as a small model. -#}
{% test is_key(model, column_name) %}

select
    {{ column_name }},
    count(*) as row_count
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null

{% endtest %}
