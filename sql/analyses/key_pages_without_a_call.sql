-- Which companies looked at a key page (pricing, demo, contact) and have not called since?
-- One row per company, the one that looked last first. Grain: company_key.
-- How to read it: `last_key_page_at` is its last look at such a page, and no call began after that visit had begun.
-- `last_call_at` is a call before it, `lead_count` the people of the company who asked to be contacted by other means.
-- Settings: `key_pages` are patterns (with % for anything) for one part of the path, which is what stands between two
-- slashes; neither the host nor what follows a question mark is looked at.

with

settings as (

    select
        array[
            'pricing%', 'prices%', 'plans%', 'demo%', '%-demo', 'contact%', 'quote%', 'preise%', 'kontakt%', 'tarif%'
        ] as key_pages

),

key_pages as (

    select unnest(key_pages) as pattern
    from settings

),

page_views as (

    select
        sessions.company_key,
        sessions.session_key,
        sessions.started_at as visit_began_at,
        events.event_key,
        events.url,
        coalesce(events.occurred_at, sessions.started_at) as seen_at,
        regexp_extract(lower(events.url), '^(?:[a-z]+://)?[^/?#]*([^?#]*)', 1) || '/' as path

    from marts.fct_events as events
    inner join marts.fct_sessions as sessions
        on events.session_key = sessions.session_key
    where
        events.event_type = 'pageview'
        and sessions.is_primary
        and sessions.company_key is not null
        and sessions.started_at is not null

),

key_page_views as (

    select
        *,
        row_number() over (partition by company_key order by seen_at desc, event_key desc) as place

    from page_views
    where
        exists (
            select 1
            from key_pages
            where page_views.path like '%/' || key_pages.pattern || '/%'
        )

),

looks as (

    select
        company_key,
        min(case when place = 1 then url end) as last_key_page,
        min(case when place = 1 then visit_began_at end) as last_visit_began_at,
        max(seen_at) as last_key_page_at,
        count(*) as key_page_views,
        count(distinct session_key) as visits

    from key_page_views
    group by company_key

),

calls as (

    select
        company_key,
        max(started_at) as last_call_at

    from marts.fct_calls
    group by company_key

)

select
    companies.company_name,
    companies.domain,
    looks.last_key_page_at,
    looks.last_key_page,
    looks.key_page_views,
    looks.visits,
    calls.last_call_at,
    companies.lead_count,
    companies.company_key

from looks
inner join marts.company_360 as companies
    on looks.company_key = companies.company_key
left join calls
    on looks.company_key = calls.company_key
where calls.last_call_at is null or calls.last_call_at < looks.last_visit_began_at
order by looks.last_key_page_at desc, companies.company_key asc
