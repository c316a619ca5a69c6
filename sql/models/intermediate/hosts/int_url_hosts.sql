-- One row per website of an organisation or referrer of a session, and its host. Grain: url_text. Each text is read
-- once: hosts are dear to find, and many rows have one text. `is_front_page` says that a website is its host's own.

with

texts as (

    select
        website as url_text,
        false as is_referrer
    from {{ ref('int_stated_organisations') }}
    union all
    select
        website as url_text,
        false as is_referrer
    from {{ ref('stg_snitcher__organisation_websites') }}
    union all
    select
        referrer as url_text,
        true as is_referrer
    from {{ ref('int_visits') }}

),

distinct_texts as (

    select
        url_text,
        bool_or(is_referrer) as is_referrer
    from texts
    where url_text is not null
    group by url_text

)

select
    url_text,
    {{ url_host('url_text') }} as host_text,
    is_referrer,
    case when not is_referrer then {{ is_front_page('url_text') }} else false end as is_front_page

from distinct_texts
