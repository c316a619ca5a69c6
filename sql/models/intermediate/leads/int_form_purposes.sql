-- One row per form that a line of the list of forms is about, and what it is for. Grain: form_id, form_name. A line
-- that gives both id and name says more than one that gives the id, and that more than one with the name alone.

with

form_values as (

    select * from {{ ref('int_form_values') }}

),

forms as (

    select * from {{ source('reference', 'forms') }}

),

named as (

    select distinct
        form_id,
        form_name

    from form_values
    where form_id is not null or form_name is not null

),

ranked as (

    select
        named.form_id,
        named.form_name,
        forms.purpose,
        row_number() over (
            partition by named.form_id, named.form_name
            order by
                case when forms.form_id is null then 1 else 0 end,
                case when forms.form_name is null then 1 else 0 end,
                forms.form_id,
                forms.purpose
        ) as place

    from named
    inner join forms
        on
            (forms.form_id is null or lower(named.form_id) = lower(forms.form_id))
            and (forms.form_name is null or lower(named.form_name) = forms.form_name)

),

final as (

    select
        form_id,
        form_name,
        purpose

    from ranked
    where place = 1

)

select * from final
