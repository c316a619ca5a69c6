-- One row per feedback, demo rows and those that the vendor no longer has included. Grain: feedback_id.

with

feedbacks as (

    select * from {{ ref('stg_usersnap__feedbacks') }}

),

projects as (

    select * from {{ ref('stg_usersnap__projects') }}

),

answers as (

    select
        feedback_id,
        unnest({{ feedback_inputs('ordered_inputs') }}) as answer

    from feedbacks

),

asked as (

    select
        answers.feedback_id,
        row_number() over (
            partition by answers.feedback_id
            order by answers.answer.input_order asc nulls last, answers.answer.place asc
        ) as input_place,
        {{ clean('answers.answer.text_value') }} as text_value,
        answers.answer.number_value,
        {{ is_rating_label('answers.answer.label') }} as is_rating,
        {{ is_mood_label('answers.answer.label') }} as is_mood

    from answers

),

words as (

    select
        feedback_id,
        {{ first_known('case when is_rating or is_mood then number_value end', 'input_place') }} as rating,
        {{ first_known('case when is_mood and number_value is null then text_value end', 'input_place') }} as mood

    from asked
    group by feedback_id

),

links as (

    select * from {{ ref('int_links') }}
    where vendor = 'usersnap' and entity_type = 'feedback'

),

final as (

    select
        feedbacks.feedback_id,
        links.company_key,
        projects.project_name,
        {{ url_host('feedbacks.page_url') }} as site,
        feedbacks.created_at,
        {{ report_day('feedbacks.created_at') }} as day,
        feedbacks.updated_at,
        feedbacks.feedback_status as status,
        feedbacks.priority,
        feedbacks.email,
        feedbacks.page_url,
        feedbacks.comment_text as comment,
        -- the row that the API documents has none: it is what stands beside, else the first input that asks for one
        coalesce({{ stated_rating('feedbacks.extra') }}, words.rating) as rating,
        words.mood,
        feedbacks.is_demo,
        feedbacks.project_id,
        feedbacks.feedback_number,
        feedbacks.assignee_id,
        feedbacks.labels,
        feedbacks.city,
        feedbacks.country_name,
        feedbacks.browser,
        feedbacks.operating_system,
        feedbacks.ordered_inputs as inputs,
        feedbacks.custom_data,
        feedbacks.public_link,
        feedbacks.screenshot_url,
        feedbacks.recording_url,
        feedbacks.missing_since_at as missing_since

    from feedbacks
    left join projects
        on feedbacks.project_id = projects.project_id
    left join words
        on feedbacks.feedback_id = words.feedback_id
    left join links
        on feedbacks.feedback_id = links.entity_id

)

select * from final
