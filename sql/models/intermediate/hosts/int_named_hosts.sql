-- One row per host that a website, an address, a referrer or a site of our own names. Grain: host_text. `host` is the
-- host as DNS has it; `labels` is NULL where nobody can have registered it (addresses, single words, private names).

with

found as (

    select host_text from {{ ref('int_url_hosts') }}
    union
    select {{ url_host('site') }} as host_text
    from {{ source('reference', 'own_domains') }}
    union
    select host_text from {{ ref('int_claimed_hosts') }}

),

idn_hosts as (

    select * from {{ source('reference', 'idn_hosts') }}

),

named as (

    select
        found.host_text,
        coalesce(idn_hosts.host, found.host_text) as host

    from found
    left join idn_hosts
        on found.host_text = idn_hosts.host_text

),

final as (

    select
        host_text,
        host,
        case when {{ is_public_host('host') }} then {{ label_count('host') }} end as labels

    from named
    -- said of `host`, which no engine can look for in a million referrers before they are made distinct
    where host is not null

)

select * from final
