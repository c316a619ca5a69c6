-- One row per Smartlook session, with where it landed, what it counts, the address that it was told, and what visits
-- are compared by. Grain: session_key. Made from the session and its own events alone, so an increment makes only those
-- again that changed in raw.

{{ config(
    pre_hook="{{ delete_changed(this, 'session_key in (select session_key from scratch.intermediate.int_new_recordings)') }}"
) }}

with

new_recordings as (

    select * from {{ ref('int_new_recordings') }}

),

recordings as (

    select * from {{ ref('stg_smartlook__sessions') }}
    {% if is_increment() %}
        where {{ is_new('load_id') }}
        union all
        -- of these only the events changed, of which there are few
        select recordings.*
        from {{ ref('stg_smartlook__sessions') }} as recordings
        inner join new_recordings
            on
                recordings.project_id = new_recordings.project_id
                and recordings.session_id = new_recordings.session_id
        where not new_recordings.is_new
    {% endif %}

),

counted as (

    select
        recordings.session_key,
        count(*) as event_count,
        count(case when visitor_events.event_type = 'url' then 1 end) as pageview_count,
        min(visitor_events.load_id) as first_event_load_id

    from {{ ref('stg_smartlook__visitor_events') }} as visitor_events
    inner join recordings
        on
            visitor_events.project_id = recordings.project_id
            and visitor_events.session_id = recordings.session_id
    group by recordings.session_key

),

final as (

    select
        recordings.session_key,
        recordings.project_id,
        recordings.session_id,
        recordings.visitor_id,
        coalesce(identities.email, properties.email) as email,
        recordings.site,
        recordings.referrer,
        recordings.country_code,
        recordings.city,
        recordings.device_type,
        recordings.browser,
        recordings.started_at,
        recordings.ended_at,
        recordings.landing_url,
        {{ url_host('recordings.landing_url') }} as landing_host,
        {{ url_query_value('recordings.landing_url', 'utm_source') }} as utm_source,
        {{ url_query_value('recordings.landing_url', 'utm_medium') }} as utm_medium,
        {{ url_query_value('recordings.landing_url', 'utm_campaign') }} as utm_campaign,
        coalesce(counted.event_count, 0) as event_count,
        coalesce(counted.pageview_count, 0) as pageview_count,
        {{ page_of('recordings.landing_url') }} as landing_page,
        {{ time_slot('recordings.started_at', 120) }} as stretch,
        {{ folded('recordings.city') }} as city_word,
        {{ browser_family('recordings.browser') }} as browser_family,
        counted.first_event_load_id

    from recordings
    left join counted
        on recordings.session_key = counted.session_key
    left join {{ source('reference', 'addresses') }} as identities
        on recordings.identified_as = identities.address_text
    left join {{ source('reference', 'addresses') }} as properties
        on cast(recordings.identification_properties as varchar) = properties.address_text and properties.is_named

)

select * from final
