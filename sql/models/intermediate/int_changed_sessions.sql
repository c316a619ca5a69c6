-- One row per Snitcher session that an increment has to publish again: it changed in raw, its organisation belongs to
-- another company now, or the operator gave it to one. Grain: session_key. Empty while everything is built anew.

with

new_sessions as (

    select * from {{ ref('int_new_sessions') }}

),

moved_organisations as (

    select * from {{ ref('int_moved_organisations') }}

),

given_sessions as (

    select entity_id as session_id
    from {{ ref('int_match_override') }}
    where vendor = 'snitcher' and entity_type = 'session' and {{ 'true' if is_increment() else 'false' }}

),

final as (

    select
        session_key,
        session_id
    from new_sessions
    union
    select
        sessions.session_key,
        sessions.session_id
    from {{ ref('int_sessions') }} as sessions
    inner join moved_organisations
        on sessions.organisation_id = moved_organisations.organisation_id
    union
    -- few, and their company may have another key now
    select
        sessions.session_key,
        sessions.session_id
    from {{ ref('int_sessions') }} as sessions
    inner join given_sessions
        on sessions.session_id = given_sessions.session_id

)

select * from final
