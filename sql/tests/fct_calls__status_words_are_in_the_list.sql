-- Warns of status words that the list call_status does not have: whether such a call was answered is not known.

{{ config(severity='warn', meta={
    'sentence': '{call_count:,} of {calls:,} calls have the status "{status}", which no list knows, so whether they were'
    ~ ' answered is not known; add it to {config_dir}/call_status.csv'
}) }}

with

calls as (

    select * from {{ ref('fct_calls') }}

),

call_status as (

    select * from {{ source('reference', 'call_status') }}

)

select
    calls.status,
    count(*) as call_count,
    (select count(every_call.call_id) from calls as every_call) as calls

from calls
left join call_status
    on lower(calls.status) = call_status.status
where
    calls.status is not null
    and call_status.status is null
group by calls.status
