-- One row per feedback that says how somebody found it, in a number or in words. Grain: feedback_id. The row that the
-- API documents has no rating: it is what the row says beside, else the first input that asks for it.

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
        case
            when {{ is_rating_label('inputs.answer.label') }} or {{ is_mood_label('inputs.answer.label') }}
                then inputs.answer.number_value
        end as rating,
        case
            when {{ is_mood_label('inputs.answer.label') }} and inputs.answer.number_value is null
                then {{ clean('inputs.answer.text_value') }}
        end as mood

    from inputs

),

answered as (

    select
        feedback_id,
        {{ first_known('rating', 'input_place') }} as rating,
        {{ first_known('mood', 'input_place') }} as mood

    from asked
    group by feedback_id

),

final as (

    select
        feedbacks.feedback_id,
        coalesce(feedbacks.stated_rating, answered.rating) as rating,
        answered.mood

    from feedbacks
    left join answered
        on feedbacks.feedback_id = answered.feedback_id
    where feedbacks.stated_rating is not null or answered.rating is not null or answered.mood is not null

)

select * from final
