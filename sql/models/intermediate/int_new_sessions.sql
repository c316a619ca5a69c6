-- One row per Snitcher session that changed in raw since the last build: it came with a new load, which it does also
-- when its events changed, or it went away. Grain: session_key. Empty while everything is built anew.

with

sessions as (

    select * from {{ ref('stg_snitcher__sessions') }}

),

gone_sessions as (

    {% if some_are_gone('int_sessions', ref('stg_snitcher__sessions'), ['workspace_id', 'session_id']) %}
        select
            built_sessions.session_key,
            built_sessions.workspace_id,
            built_sessions.session_id
        from {{ built('int_sessions') }} as built_sessions
        left join sessions
            on
                built_sessions.workspace_id = sessions.workspace_id
                and built_sessions.session_id = sessions.session_id
        where sessions.session_id is null
    {% else %}
        select
            session_key,
            workspace_id,
            session_id
        from sessions
        where false
    {% endif %}

),

final as (

    select
        session_key,
        workspace_id,
        session_id
    from sessions
    where {{ is_new('load_id') }}
    union
    select
        session_key,
        workspace_id,
        session_id
    from gone_sessions

)

select * from final
