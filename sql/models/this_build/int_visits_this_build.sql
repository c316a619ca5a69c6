-- One row per visit that an increment publishes again, or takes out: it changed in raw, its company, its visit or what
-- its link says is another now, or its company became our own or no longer is. Grain: session_key. Empty in a full
-- build.

-- read in an increment: depends_on: {{ ref('int_visits_told') }}, {{ ref('int_match_override') }},
-- {{ ref('int_visits') }}, {{ ref('int_organisations') }}, {{ ref('int_visits_attributed') }},
-- {{ ref('int_company_anchors') }}

with

changed as (

    select
        session_key,
        vendor,
        session_id

    from {{ ref('int_records_new') }}
    where session_key is not null

),

-- of which anything may be told that was not told before, or no longer is: few of all visits
retold as (

    {% if is_increment() %}
        select told.session_key
        from {{ ref('int_visits_told') }} as told
        union
        select sessions.session_key
        from {{ previous('company_links') }} as links
        inner join {{ previous('fct_sessions') }} as sessions
            on
                links.vendor = sessions.vendor
                and links.entity_id = sessions.session_id
        where
            links.entity_type = 'session'
            and (links.claims_against is not null or links.rule not in ('override', 'own_organisation'))
        union
        select sessions.session_key
        from {{ ref('int_match_override') }} as overrides
        inner join {{ previous('fct_sessions') }} as sessions
            on
                overrides.vendor = sessions.vendor
                and overrides.entity_id = sessions.session_id
        where overrides.entity_type = 'session'
        union
        select moved.session_key
        from {{ ref('int_visits') }} as moved
        inner join {{ ref('int_organisations') }} as organisations
            on moved.organisation_id = organisations.organisation_id
        inner join {{ previous('company_links') }} as links
            on
                links.vendor = 'snitcher'
                and links.entity_type = 'organisation'
                and moved.organisation_id = links.entity_id
        where organisations.company_key is distinct from links.company_key
    {% else %}
        select session_key from changed
        where false
    {% endif %}

),

others as (

    {% if is_increment() %}
        select
            visits.session_key,
            visits.vendor,
            visits.session_id

        from {{ ref('int_visits_attributed') }} as visits
        inner join retold
            on visits.session_key = retold.session_key
        inner join {{ previous('fct_sessions') }} as sessions
            on visits.session_key = sessions.session_key
        -- an id that two workspaces or projects have may have a link that says less
        left join {{ previous('company_links') }} as links
            on
                visits.vendor = links.vendor
                and links.entity_type = 'session'
                and visits.session_id = links.entity_id
        where
            visits.company_key is distinct from sessions.company_key
            or coalesce(visits.visit_key, visits.session_key) != sessions.visit_key
            or visits.company_key is distinct from links.company_key
            or visits.rule is distinct from links.rule
            or visits.evidence is distinct from links.evidence
            or cast(visits.claims_against as varchar) is distinct from cast(links.claims_against as varchar)
        union
        select
            sessions.session_key,
            sessions.vendor,
            sessions.session_id

        from {{ previous('fct_sessions') }} as sessions
        inner join {{ previous('dim_companies') }} as companies
            on sessions.company_key = companies.company_key
        left join {{ ref('int_company_anchors') }} as anchors
            on companies.company_key = anchors.company_key and anchors.anchor = anchors.company_anchor
        where companies.is_internal != coalesce(anchors.is_internal, false)
    {% else %}
        select * from changed
        where false
    {% endif %}

)

select
    session_key,
    vendor,
    session_id
from changed
union
select
    session_key,
    vendor,
    session_id
from others
