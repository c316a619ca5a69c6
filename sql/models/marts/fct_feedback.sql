-- One row per feedback, demo rows and those that the vendor no longer has included. Grain: feedback_id.

with

feedbacks as (

    select * from {{ ref('stg_usersnap__feedbacks') }}

),

projects as (

    select * from {{ ref('stg_usersnap__projects') }}

),

words as (

    select * from {{ ref('int_feedback_words') }}

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
        feedbacks.updated_at,
        feedbacks.feedback_status as status,
        feedbacks.priority,
        feedbacks.email,
        feedbacks.page_url,
        words.comment_text as comment,
        words.rating,
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
