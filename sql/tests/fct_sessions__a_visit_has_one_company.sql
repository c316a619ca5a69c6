-- Fails when the rows of a visit name different companies, or one of them none. Guards every total: they count the
-- primary row, and what only the other vendor knew would be lost.

with

sessions as (

    select * from {{ ref('fct_sessions') }}

),

-- a visit with one row agrees with itself
seen_twice as (

    select
        visit_key,
        company_key
    from sessions
    where not is_primary

)

select
    seen_twice.visit_key,
    seen_twice.company_key as company_of_recording,
    sessions.company_key as company_of_visit

from seen_twice
left join sessions
    on seen_twice.visit_key = sessions.session_key
where sessions.session_key is null or sessions.company_key is distinct from seen_twice.company_key
