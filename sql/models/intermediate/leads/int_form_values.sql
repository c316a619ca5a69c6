-- One row per form that was sent and contact field in it, with the first value typed there (NULL: it was only asked).
-- Grain: session_key, position, maps_to. An increment reads the forms of sessions that changed in raw.

{{ config(
    materialized='incremental', database='build', unique_key='session_key', meta={'changed': 'int_records_new'}
) }}

with

sessions as (

    select * from {{ ref('int_visits') }}
    where vendor = 'snitcher' {% if is_increment() %} and {{ is_new('load_id') }} {% endif %}

),

session_events as (

    select
        session_events.*,
        sessions.session_key,
        -- where the fields stand is documented, but an answer without them has been seen to hold them as properties
        coalesce({{ json_pairs('session_events.fields') }}, {{ json_pairs('session_events.properties') }}) as pairs

    from {{ ref('stg_snitcher__session_events') }} as session_events
    inner join sessions
        on
            session_events.workspace_id = sessions.scope_id
            and session_events.session_id = sessions.session_id
    where
        (session_events.event_type = 'form_submit' or session_events.fields is not null)
        {% if is_increment() %}
            -- what was loaded before is not read
            and session_events.load_id >= (select min(built.first_event_load_id) from sessions as built)
        {% endif %}

),

fields as (

    select
        session_key,
        workspace_id,
        session_id,
        position,
        form_id,
        form_name,
        occurred_at,
        unnest({{ numbered_pairs('pairs') }}) as pair

    from session_events

),

worded as (

    select
        fields.*,
        fields.pair.place,
        {{ json_line('fields.pair.value') }} as typed_text,
        {{ field_word('fields.pair.name') }} as field_word,
        {{ field_leaf('fields.pair.name') }} as field_leaf

    from fields

),

mapped as (

    select
        worded.session_key,
        worded.workspace_id,
        worded.session_id,
        worded.position,
        worded.form_id,
        worded.form_name,
        worded.occurred_at,
        worded.place,
        coalesce(unescaped.plain_text, {{ clean('worded.typed_text') }}) as typed_text,
        -- `product[name]` is no person's name, `product[email]` would still be an address
        coalesce(whole.maps_to, case when leaf.maps_to != 'name' then leaf.maps_to end) as maps_to

    from worded
    left join {{ source('reference', 'form_fields') }} as whole
        on worded.field_word = whole.field_name
    left join {{ source('reference', 'form_fields') }} as leaf
        on worded.field_leaf = leaf.field_name
    left join {{ source('reference', 'unescaped') }} as unescaped
        on {{ clean('worded.typed_text') }} = unescaped.escaped_text

),

typed as (

    select
        session_key,
        workspace_id,
        session_id,
        position,
        maps_to,
        form_id,
        form_name,
        occurred_at,
        {{ first_known('typed_text', 'place') }} as typed_text

    from mapped
    where maps_to != 'ignore'
    group by session_key, workspace_id, session_id, position, maps_to, form_id, form_name, occurred_at

)

select
    typed.*,
    {{ one_line('typed.typed_text') }} as line_text,
    addresses.email
from typed
left join {{ source('reference', 'addresses') }} as addresses
    on typed.typed_text = addresses.address_text and typed.maps_to = 'email'
