-- One row per session as a vendor saw it. Grain: session_key.
-- Until a second vendor records visits, every session is the primary one of its visit.

{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ delete_changed(this, 'session_key in (select session_key from build.intermediate.int_changed_sessions)') }}"
) }}

with

changed_sessions as (

    select * from {{ ref('int_changed_sessions') }}

),

sessions as (

    select sessions.*
    from {{ ref('stg_snitcher__sessions') }} as sessions
    {% if is_incremental() %}
        inner join changed_sessions
            on
                sessions.workspace_id = changed_sessions.workspace_id
                and sessions.session_id = changed_sessions.session_id
    {% endif %}

),

session_events as (

    select * from {{ ref('stg_snitcher__session_events') }}

),

workspaces as (

    select * from {{ ref('stg_snitcher__workspaces') }}

),

organisations as (

    select * from {{ ref('int_organisations') }}

),

referrers as (

    select * from {{ ref('int_referrers') }}

),

mediums as (

    select value, channel from {{ source('reference', 'channels') }}
    where matches = 'utm_medium'

),

with_events as (

    select
        session_events.workspace_id,
        session_events.session_id,
        {{ first_known('session_events.url', 'session_events.position') }} as landing_url,
        count(*) as event_count,
        count(*) filter (where session_events.event_type = 'pageview') as pageview_count,
        count(*) filter (where session_events.event_type = 'form_submit') as form_submit_count

    from session_events
    inner join sessions
        on
            session_events.workspace_id = sessions.workspace_id
            and session_events.session_id = sessions.session_id
    group by session_events.workspace_id, session_events.session_id

),

with_campaign as (

    select
        sessions.*,
        with_events.landing_url,
        {{ url_query_value('with_events.landing_url', 'utm_source') }} as utm_source,
        {{ url_query_value('with_events.landing_url', 'utm_medium') }} as utm_medium,
        {{ url_query_value('with_events.landing_url', 'utm_campaign') }} as utm_campaign,
        coalesce(with_events.event_count, 0) as event_count,
        coalesce(with_events.pageview_count, 0) as pageview_count,
        coalesce(with_events.form_submit_count, 0) as form_submit_count

    from sessions
    left join with_events
        on
            sessions.workspace_id = with_events.workspace_id
            and sessions.session_id = with_events.session_id

),

final as (

    select
        with_campaign.session_key,
        'snitcher' as vendor,
        with_campaign.session_id,
        with_campaign.session_key as visit_key,
        true as is_primary,
        coalesce({{ url_host('with_campaign.landing_url') }}, workspaces.site) as site,
        organisations.company_key,
        with_campaign.started_at,
        with_campaign.ended_at,
        with_campaign.landing_url,
        with_campaign.referrer,
        referrers.referrer_domain,
        with_campaign.utm_source,
        with_campaign.utm_medium,
        with_campaign.utm_campaign,
        case
            when mediums.channel is not null then mediums.channel
            when referrers.referrer_channel != 'direct' then referrers.referrer_channel
            -- a medium that is in no list and no referrer beside it: not known
            when with_campaign.utm_medium is null and with_campaign.referrer is null then 'direct'
            when with_campaign.utm_medium is null then referrers.referrer_channel
        end as channel,
        with_campaign.country_code,
        with_campaign.city,
        with_campaign.device_type,
        with_campaign.browser,
        with_campaign.event_count,
        with_campaign.pageview_count,
        with_campaign.form_submit_count

    from with_campaign
    left join workspaces
        on with_campaign.workspace_id = workspaces.workspace_id
    left join organisations
        on with_campaign.organisation_id = organisations.organisation_id
    left join referrers
        on with_campaign.referrer = referrers.referrer
    left join mediums
        on lower(with_campaign.utm_medium) = mediums.value

)

select * from final
