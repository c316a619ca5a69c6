-- One row per feedback that says anything: its comment in words, and how somebody found it, in a number or in words.
-- Grain: feedback_id. The comment is the text of the input that is called so, else the first text that there is. The
-- row that the API documents has no rating: it is what the row says beside, else the first input that asks for it.

with

feedbacks as (

    select
        feedback_id,
        {{ stated_rating('extra') }} as stated_rating,
        {{ feedback_inputs('ordered_inputs') }} as inputs

    from {{ ref('stg_usersnap__feedbacks') }}

),

inputs as (

    select
        feedback_id,
        unnest(inputs) as answer

    from feedbacks

),

asked as (

    select
        inputs.feedback_id,
        row_number() over (
            partition by inputs.feedback_id
            order by inputs.answer.input_order asc nulls last, inputs.answer.place asc
        ) as input_place,
        row_number() over (
            partition by inputs.feedback_id
            order by
                {{ is_comment_label('inputs.answer.label') }} desc,
                inputs.answer.input_order asc nulls last,
                inputs.answer.place asc
        ) as comment_place,
        {{ clean('inputs.answer.text_value') }} as text_value,
        inputs.answer.number_value,
        {{ is_rating_label('inputs.answer.label') }} as is_rating,
        {{ is_mood_label('inputs.answer.label') }} as is_mood

    from inputs

),

answered as (

    select
        feedback_id,
        {{ first_known('text_value', 'comment_place') }} as comment_text,
        {{ first_known('case when is_rating or is_mood then number_value end', 'input_place') }} as rating,
        {{ first_known('case when is_mood and number_value is null then text_value end', 'input_place') }} as mood

    from asked
    group by feedback_id

),

final as (

    select
        feedbacks.feedback_id,
        answered.comment_text,
        coalesce(feedbacks.stated_rating, answered.rating) as rating,
        answered.mood

    from feedbacks
    left join answered
        on feedbacks.feedback_id = answered.feedback_id

)

select * from final
where comment_text is not null or rating is not null or mood is not null
