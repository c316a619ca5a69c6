-- One row per session that an increment has to build again: it or its events came with a new load, its organisation belongs
-- to another company now, or it went away. Empty while everything is built anew. Grain: session_key.

with

sessions as (

    select * from {{ ref('stg_snitcher__sessions') }}

),

session_events as (

    select * from {{ ref('stg_snitcher__session_events') }}

),

organisations as (

    select * from {{ ref('int_organisations') }}

),

{% if is_increment() %}

    published_links as (

        select
            entity_id as organisation_id,
            company_key

        from {{ published('company_links') }}
        where vendor = 'snitcher' and entity_type = 'organisation'

    ),

    moved_organisations as (

        select organisations.organisation_id
        from organisations
        left join published_links
            on organisations.organisation_id = published_links.organisation_id
        where organisations.company_key is distinct from published_links.company_key

    ),

    sessions_with_new_events as (

        select distinct
            workspace_id,
            session_id

        from session_events
        where {{ is_new('load_id') }}

    ),

    changed as (

        select
            sessions.session_key,
            sessions.workspace_id,
            sessions.session_id

        from sessions
        left join moved_organisations
            on sessions.organisation_id = moved_organisations.organisation_id
        left join sessions_with_new_events
            on
                sessions.workspace_id = sessions_with_new_events.workspace_id
                and sessions.session_id = sessions_with_new_events.session_id
        where
            {{ is_new('sessions.load_id') }}
            or moved_organisations.organisation_id is not null
            or sessions_with_new_events.session_id is not null

    ),

    gone as (

        select
            published_sessions.session_key,
            cast(null as varchar) as workspace_id,
            published_sessions.session_id

        from {{ published('fct_sessions') }} as published_sessions
        left join sessions
            on published_sessions.session_key = sessions.session_key
        where
            published_sessions.vendor = 'snitcher'
            and sessions.session_key is null

    ),

{% else %}

    changed as (

        select session_key, workspace_id, session_id from sessions
        where false

    ),

    gone as (

        select session_key, workspace_id, session_id from sessions
        where false

    ),

{% endif %}

final as (

    select session_key, workspace_id, session_id from changed
    union
    select session_key, workspace_id, session_id from gone

)

select * from final
