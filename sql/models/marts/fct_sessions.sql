-- One row per session as a vendor saw it. Grain: session_key.
-- A Smartlook session that shares its visit with a Snitcher session is not the primary one.

{{ config(
    materialized='incremental', unique_key='session_key', meta={'changed': 'int_visits_this_build'}
) }}

with

this_build as (

    select * from {{ ref('int_visits_this_build') }}

),

sessions as (

    select visits.* from {{ ref('int_visits_attributed') }} as visits
    {% if is_increment() %}
        inner join this_build
            on visits.session_key = this_build.session_key
    {% endif %}

),

workspaces as (

    select * from {{ ref('stg_snitcher__workspaces') }}

),

referrers as (

    select * from {{ ref('int_referrers') }}

),

mediums as (

    select
        value,
        channel
    from {{ source('reference', 'channels') }}
    where matches = 'utm_medium'

),

final as (

    select
        sessions.session_key,
        sessions.vendor,
        sessions.session_id,
        sessions.visitor_id,
        coalesce(sessions.visit_key, sessions.session_key) as visit_key,
        sessions.visit_key is null as is_primary,
        coalesce(sessions.site, sessions.landing_host, workspaces.site) as site,
        sessions.company_key,
        sessions.started_at,
        {{ report_day('sessions.started_at') }} as day,
        sessions.ended_at,
        sessions.landing_url,
        sessions.referrer,
        referrers.referrer_domain,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        case
            when mediums.channel is not null then mediums.channel
            when referrers.referrer_channel != 'direct' then referrers.referrer_channel
            -- a medium that is in no list and no referrer beside it: not known
            when sessions.utm_medium is null and sessions.referrer is null then 'direct'
            when sessions.utm_medium is null then referrers.referrer_channel
        end as channel,
        sessions.country_code,
        sessions.city,
        sessions.device_type,
        sessions.browser,
        cast(sessions.event_count as integer) as event_count,
        cast(sessions.pageview_count as integer) as pageview_count,
        cast(sessions.form_submit_count as integer) as form_submit_count

    from sessions
    left join workspaces
        on
            sessions.vendor = 'snitcher'
            and sessions.scope_id = workspaces.workspace_id
    left join referrers
        on sessions.referrer = referrers.referrer
    left join mediums
        on lower(sessions.utm_medium) = mediums.value

)

select * from final
