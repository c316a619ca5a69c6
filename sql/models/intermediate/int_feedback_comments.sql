-- One row per feedback that says something in words: the text of its comment, else the first text that it has. Grain:
-- feedback_id.

with

feedbacks as (

    select
        feedback_id,
        {{ feedback_inputs('ordered_inputs') }} as inputs

    from {{ ref('stg_usersnap__feedbacks') }}

),

inputs as (

    select
        feedback_id,
        unnest(inputs) as answer

    from feedbacks

),

texts as (

    select
        inputs.feedback_id,
        inputs.answer.place,
        inputs.answer.input_order,
        {{ clean('inputs.answer.text_value') }} as comment_text,
        {{ is_comment_label('inputs.answer.label') }} as is_comment

    from inputs

),

ranked as (

    select
        feedback_id,
        comment_text,
        row_number() over (
            partition by feedback_id
            order by is_comment desc, input_order asc nulls last, place asc
        ) as text_place

    from texts
    where comment_text is not null

),

final as (

    select
        feedback_id,
        comment_text

    from ranked
    where text_place = 1

)

select * from final
