-- One row per host that anything names, as DNS has it, with its registrable domain and the kind of list that says it
-- is no company's. Grain: host_text. The longest rule that a host ends with says where its registrable name begins; an
-- exception beats them all.

with

named as (

    select
        texts.host_text,
        coalesce(idn_hosts.host, texts.host_text) as host
    from (
        select distinct host_text from {{ ref('int_host_texts') }}
        where host_text is not null
    ) as texts
    left join {{ source('reference', 'idn_hosts') }} as idn_hosts
        on texts.host_text = idn_hosts.host_text

),

-- `labels` is NULL where nobody can have registered it: addresses, single words, private names
hosts as (

    select
        host_text,
        host,
        case when {{ is_public_host('host') }} then {{ label_count('host') }} end as labels
    from named

),

rules as (

    select * from {{ ref('int_domain_rules') }}

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
