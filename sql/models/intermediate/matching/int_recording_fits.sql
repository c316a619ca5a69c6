-- One row per Smartlook session and Snitcher session that may be one visit: they begin within 60 seconds of each other,
-- on one page, in one city, with one family of browser. Grain: session_key, visit_key.

with

recordings as (

    select
        session_key,
        session_id,
        started_at,
        {{ page_of('landing_url') }} as page,
        lower(city) as city,
        {{ browser_family('browser') }} as browser_family,
        {{ time_slot('started_at', 60) }} as minute

    from {{ ref('stg_smartlook__sessions') }}

),

sessions as (

    select * from {{ ref('int_attributed_sessions') }}
    where city is not null and browser is not null

),

first_events as (

    select
        workspace_id,
        session_id,
        url

    from {{ ref('stg_snitcher__session_events') }}
    where position = 1

),

-- those that begin in the same minute, or in the one before or after it
around as (

    select
        *,
        unnest({{ number_list('minute - 1', 'minute + 1') }}) as near_minute

    from recordings
    where page is not null and city is not null and browser_family is not null

),

near as (

    select
        around.session_key,
        around.session_id as recording_id,
        around.page,
        sessions.session_key as visit_key,
        sessions.workspace_id,
        sessions.session_id,
        sessions.company_key

    from around
    inner join sessions
        on
            around.near_minute = {{ time_slot('sessions.started_at', 60) }}
            and around.city = lower(sessions.city)
    where
        {{ seconds_between('around.started_at', 'sessions.started_at') }} between -60 and 60
        and around.browser_family = {{ browser_family('sessions.browser') }}

),

fits as (

    select near.*
    from near
    inner join first_events
        on
            near.workspace_id = first_events.workspace_id
            and near.session_id = first_events.session_id
            and near.page = {{ page_of('first_events.url') }}

),

final as (

    select
        session_key,
        recording_id,
        visit_key,
        session_id,
        company_key,
        count(*) over (partition by session_key) as visits_that_fit,
        count(*) over (partition by visit_key) as recordings_that_fit

    from fits

)

select * from final
