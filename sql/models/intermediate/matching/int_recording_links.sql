-- One row per Smartlook session that this build publishes and that has a company or names somebody, with its company
-- and why. Grain: entity_id. Most sessions name nobody: such a session is of the company of its visit, when exactly one
-- visit fits.

with

changed_ids as (

    select distinct session_id from {{ ref('int_changed_recordings') }}

),

links as (

    select links.*
    from {{ ref('int_links') }} as links
    {% if is_increment() %}
        inner join changed_ids
            on links.entity_id = changed_ids.session_id
    {% endif %}
    where links.vendor = 'smartlook' and links.entity_type = 'session'

),

recording_visits as (

    select recording_visits.*
    from {{ ref('int_recording_visits') }} as recording_visits
    {% if is_increment() %}
        inner join changed_ids
            on recording_visits.recording_id = changed_ids.session_id
    {% endif %}

),

visits as (

    select
        recording_visits.recording_id as entity_id,
        min(sessions.company_key) as company_key,
        min(recording_visits.session_id) as session_id

    from recording_visits
    inner join {{ ref('int_attributed_sessions') }} as sessions
        on recording_visits.visit_key = sessions.session_key
    where sessions.company_key is not null
    group by recording_visits.recording_id
    -- two projects may hold one id, and disagree
    having min(sessions.company_key) = max(sessions.company_key)

),

final as (

    select
        entity_id,
        company_key,
        rule,
        evidence,
        evidence_against
    from links
    union all
    select
        visits.entity_id,
        visits.company_key,
        'same_visit' as rule,
        'same page, time, city and browser as session ' || visits.session_id as evidence,
        cast(null as varchar) as evidence_against
    from visits
    left join links
        on visits.entity_id = links.entity_id
    where links.entity_id is null

)

select * from final
