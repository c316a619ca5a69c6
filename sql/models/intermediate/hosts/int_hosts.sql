-- One row per host that anything names, and the company that it stands for. Grain: host_text. The longest rule that a
-- host ends with says where its registrable name begins; an exception beats them all. What is below a platform is no
-- company, but a platform is one: `mail_domain` is the company of addresses at the host, `front_domain` that of the
-- host's front page.

with

shared_domains as (

    select
        domain,
        kind
    from {{ source('reference', 'shared_domains') }}
    union all
    select
        domain,
        'free_mail' as kind
    from {{ source('reference', 'free_mail_domains') }}

),

-- of hosts that end with a suffix: where the registrable name begins, or that it is no company's
rules as (

    select
        suffix,
        matched_labels,
        suffix_labels,
        is_exception,
        section,
        cast(null as varchar) as shared_kind
    from {{ source('reference', 'public_suffixes') }}
    union all
    select
        domain as suffix,
        {{ label_count('domain') }} as matched_labels,
        -- a site builder's customers keep their own host, as if its domain were a public suffix
        case when kind = 'site_builder' then {{ label_count('domain') }} end as suffix_labels,
        false as is_exception,
        kind as section,
        nullif(kind, 'site_builder') as shared_kind
    from shared_domains

),

-- `labels` is NULL where nobody can have registered it: addresses, single words, private names
hosts as (

    select distinct
        host_text,
        host,
        case when {{ is_public_host('host') }} then {{ label_count('host') }} end as labels
    from {{ ref('int_host_texts') }}
    where host_text is not null

),

matches as (

    select
        hosts.host_text,
        rules.*,
        hosts.host in (rules.suffix, 'www.' || rules.suffix) as is_front,
        rules.section in ('private', 'site_builder') and hosts.host = 'www.' || rules.suffix as is_builder,
        row_number() over (
            partition by hosts.host_text
            order by
                rules.suffix_labels is not null desc,
                rules.is_exception desc,
                rules.suffix_labels desc,
                rules.section asc,
                rules.suffix asc
        ) as place
    from hosts
    inner join (select distinct each.matched_labels as tail_length from rules as each) as tails
        on hosts.labels >= tails.tail_length
    inner join rules
        on
            {{ last_labels('hosts.host', 'tails.tail_length') }} = rules.suffix
            and hosts.labels >= coalesce(rules.suffix_labels, 0)

),

matched as (

    select
        host_text,
        max(case when place = 1 then suffix_labels end) as suffix_labels,
        -- the builder's own front page is no customer's
        bool_or(place = 1 and is_builder) as is_builder,
        min(shared_kind) as shared_kind,
        max(case when shared_kind is not null and is_front then suffix end) as front_suffix,
        max(case when shared_kind is not null and is_front then section end) as front_kind
    from matches
    group by host_text

),

registrable as (

    select
        hosts.host_text,
        hosts.host,
        matched.shared_kind,
        matched.front_kind,
        matched.front_suffix,
        case
            -- without a rule the last label is the suffix
            when hosts.labels > coalesce(matched.suffix_labels, 1) and not coalesce(matched.is_builder, false)
                then {{ last_labels('hosts.host', 'coalesce(matched.suffix_labels, 1) + 1') }}
        end as registrable_domain
    from hosts
    left join matched
        on hosts.host_text = matched.host_text

),

with_company as (

    select
        *,
        case when shared_kind is null and registrable_domain not like '%\_%' escape '\' then registrable_domain end
            as company_domain,
        case when front_suffix = registrable_domain then front_suffix end as platform_domain
    from registrable

),

own as (

    select distinct with_company.company_domain
    from {{ source('reference', 'own_domains') }} as own_domains
    inner join with_company
        on {{ url_host('own_domains.site') }} = with_company.host_text
    where with_company.company_domain is not null

)

select
    host_text,
    host,
    registrable_domain,
    shared_kind,
    company_domain,
    coalesce(company_domain, case when front_kind in ('platform', 'social') then platform_domain end) as mail_domain,
    coalesce(company_domain, case when front_kind in ('platform', 'social', 'provider') then platform_domain end)
        as front_domain,
    coalesce(company_domain in (select own.company_domain from own), false) as is_own

from with_company
