-- One row per pair of a Smartlook session and a visit that this build takes out, to make it again or not. Grain:
-- session_key, visit_key. Empty while everything is built anew.

-- depends_on: {{ ref('int_new_recordings') }}, {{ ref('int_new_sessions') }}

with

left_pairs as (

    {% if is_increment() %}
        select
            session_key,
            recording_id,
            visit_key

        from {{ built('int_recording_pairs') }}
        where {{ is_changed_pair() }}
    {% else %}
        select
            session_key,
            session_id as recording_id,
            session_key as visit_key

        from {{ ref('int_new_recordings') }}
        where false
    {% endif %}

)

select * from left_pairs
