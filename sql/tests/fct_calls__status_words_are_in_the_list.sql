-- Warns of status words that the list call_status does not have: whether such a call was answered is not known.

{{ config(severity='warn') }}

with

calls as (

    select * from {{ ref('fct_calls') }}

),

call_status as (

    select * from {{ source('reference', 'call_status') }}

)

select
    calls.status,
    count(*) as call_count

from calls
left join call_status
    on lower(calls.status) = call_status.status
where
    calls.status is not null
    and call_status.status is null
group by calls.status
