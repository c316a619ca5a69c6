-- One row per host that anything names, as DNS has it, with its registrable domain and the kind of list that says it
-- is no company's. Grain: host_text. The longest rule that a host ends with says where its registrable name begins; an
-- exception beats them all.

with

-- `labels` is NULL where nobody can have registered it: addresses, single words, private names
hosts as (

    select distinct
        host_text,
        host,
        case when {{ is_public_host('host') }} then {{ label_count('host') }} end as labels
    from {{ ref('int_host_texts') }}
    where host_text is not null

),

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

-- a rule applies to hosts that end with its suffix: it says where the registrable name begins, or whose it is not
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

tail_lengths as (

    select distinct matched_labels as tail_length
    from rules

),

matches as (

    select
        hosts.host_text,
        hosts.host,
        rules.*

    from hosts
    inner join tail_lengths
        on hosts.labels >= tail_lengths.tail_length
    inner join rules
        on
            {{ last_labels('hosts.host', 'tail_lengths.tail_length') }} = rules.suffix
            and hosts.labels >= coalesce(rules.suffix_labels, 0)

),

ranked_suffixes as (

    select
        host_text,
        suffix,
        suffix_labels,
        section,
        row_number() over (
            partition by host_text
            order by is_exception desc, suffix_labels desc, section asc, suffix asc
        ) as place

    from matches
    where suffix_labels is not null

),

shared as (

    select
        host_text,
        min(shared_kind) as shared_kind,
        max(case when host in (suffix, 'www.' || suffix) then suffix end) as front_suffix,
        max(case when host in (suffix, 'www.' || suffix) then section end) as front_kind

    from matches
    where shared_kind is not null
    group by host_text

),

registrable as (

    select
        hosts.host_text,
        hosts.host,
        shared.shared_kind,
        shared.front_suffix,
        shared.front_kind,
        case
            -- the builder's own front page is no customer's
            when
                ranked_suffixes.section in ('private', 'site_builder')
                and hosts.host = 'www.' || ranked_suffixes.suffix
                then null
            -- without a rule the last label is the suffix
            when hosts.labels > coalesce(ranked_suffixes.suffix_labels, 1)
                then {{ last_labels('hosts.host', 'coalesce(ranked_suffixes.suffix_labels, 1) + 1') }}
        end as registrable_domain

    from hosts
    left join ranked_suffixes
        on hosts.host_text = ranked_suffixes.host_text and ranked_suffixes.place = 1
    left join shared
        on hosts.host_text = shared.host_text

)

select * from registrable
