{#- Fails with every word that is neither among `values` nor the kind of a record that matching links: a new vendor's contacts
    bring kinds of their own. -#}
{% test is_kind(model, column_name, values) %}

select distinct {{ column_name }}
from {{ model }}
where
    {{ column_name }} not in ('{{ values | join("', '") }}')
    and {{ column_name }} not in (select entity_type from {{ ref('int_records') }})

{% endtest %}
