-- One row per touchpoint that this build puts in, takes out, or both: of every contact and lead in a full build,
-- of those that an increment has to publish again, and of visits that it takes out. Grain: touchpoint_key. Where
-- `is_gone`, nothing is put in from here; the touchpoints of visits are made from the visits.

-- read in an increment: depends_on: {{ ref('int_visits_this_build') }}

with

contacts as (

    select
        records.entity_type as touch_type,
        records.vendor,
        records.entity_id,
        links.company_key,
        records.occurred_at,
        visits.session_id,
        visits.session_key,
        visits.channel,
        visits.utm_campaign,
        records.page_url,
        records.summary

    from {{ ref('int_records') }} as records
    inner join {{ ref('int_links') }} as links
        on
            records.vendor = links.vendor
            and records.entity_type = links.entity_type
            and records.entity_id = links.entity_id
    left join {{ visits_of_records() }} as visits
        on
            records.vendor = visits.vendor
            and records.entity_type = visits.entity_type
            and records.entity_id = visits.entity_id
            -- fct_feedback names no visit
            and records.entity_type != 'feedback'
    left join {{ ref('fct_feedback') }} as feedback
        on
            records.vendor = 'usersnap'
            and records.entity_type = 'feedback'
            and records.entity_id = feedback.feedback_id
    -- of contacts alone it is known; what the vendor no longer has is none
    where records.occurred_at is not null and feedback.missing_since is null
    union all
    select
        'lead' as touch_type,
        'snapcrm' as vendor,
        lead_key as entity_id,
        company_key,
        created_at as occurred_at,
        first_session_id as session_id,
        first_session_key as session_key,
        channel,
        utm_campaign,
        cast(null as varchar) as page_url,
        'asked to be contacted, known from ' || known_from as summary

    from {{ ref('fct_leads') }}
    where not is_internal

),

touchpoints as (

    select
        contacts.*,
        {{ surrogate_key(['contacts.touch_type', 'contacts.vendor', 'contacts.entity_id']) }} as touchpoint_key

    from contacts
    inner join {{ ref('dim_companies') }} as companies
        on contacts.company_key = companies.company_key
    where contacts.occurred_at is not null and not companies.is_internal

),

published as (

    {% if is_increment() %}
        select touchpoints.* from {{ previous('fct_touchpoints') }} as touchpoints
        left join {{ ref('int_visits_this_build') }} as visits
            on touchpoints.session_key = visits.session_key
        where touchpoints.touch_type not in ('session', 'form_submit') or visits.session_key is not null
    {% else %}
        select * from touchpoints
        where false
    {% endif %}

)

select
    coalesce(touchpoints.touchpoint_key, published.touchpoint_key) as touchpoint_key,
    published.company_key as old_company_key,
    published.occurred_at as old_occurred_at,
    touchpoints.company_key,
    touchpoints.occurred_at,
    touchpoints.touch_type,
    touchpoints.vendor,
    touchpoints.entity_id,
    touchpoints.session_id,
    touchpoints.session_key,
    touchpoints.channel,
    touchpoints.utm_campaign,
    touchpoints.page_url,
    touchpoints.summary,
    touchpoints.touchpoint_key is null as is_gone

from touchpoints
full outer join published
    on touchpoints.touchpoint_key = published.touchpoint_key
where
    touchpoints.touchpoint_key is null
    or published.touchpoint_key is null
    or touchpoints.company_key != published.company_key
    or touchpoints.occurred_at != published.occurred_at
    or touchpoints.session_id is distinct from published.session_id
    or touchpoints.session_key is distinct from published.session_key
    or touchpoints.channel is distinct from published.channel
    or touchpoints.utm_campaign is distinct from published.utm_campaign
    or touchpoints.page_url is distinct from published.page_url
    or touchpoints.summary is distinct from published.summary
