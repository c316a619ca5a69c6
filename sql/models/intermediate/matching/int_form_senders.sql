-- One row per Snitcher session in whose forms one address was typed, and no other. Grain: session_id.

{{ config(materialized='view') }}

with

form_values as (

    select * from {{ ref('int_form_values') }}
    where email is not null

),

form_purposes as (

    select * from {{ ref('int_form_purposes') }}

),

final as (

    select
        form_values.session_id,
        min(form_values.occurred_at) as occurred_at,
        min(form_values.email) as email

    from form_values
    left join form_purposes
        on
            form_values.form_id is not distinct from form_purposes.form_id
            and form_values.form_name is not distinct from form_purposes.form_name
    where coalesce(form_purposes.purpose, '') != 'ignore'
    group by form_values.session_id
    having min(form_values.email) = max(form_values.email)

)

select * from final
