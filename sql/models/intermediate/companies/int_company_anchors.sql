-- One row per anchor and the company that it stands for. Grain: anchor. An anchor is a registrable domain that an
-- organisation showed, or that somebody named as theirs, or an organisation without any. The oldest one gives the key:
-- domains before organisations, then by the time of first loading, then by name.

with

hosts as (

    select * from {{ ref('int_hosts') }}

),

own_domains as (

    select distinct company_domain from hosts
    where is_own

),

overrides as (

    select * from {{ ref('int_overrides') }}

),

anchor_groups as (

    select * from {{ ref('int_anchor_groups') }}

),

phone_joins as (

    select * from {{ ref('int_phone_joins') }}

),

claimed_domains as (

    select case when claimed_hosts.is_of_address then hosts.mail_domain else hosts.company_domain end as company_domain
    from {{ ref('int_host_texts') }} as claimed_hosts
    inner join hosts
        on claimed_hosts.host_text = hosts.host_text
    where claimed_hosts.is_claimed
    union
    select company_domain from overrides
    union
    select other_domain as company_domain from overrides

),

-- only organisations say since when an anchor is known
known as (

    select
        anchor,
        company_domain,
        first_known_at

    from {{ ref('int_organisation_anchors') }}
    union all
    select
        'domain:' || company_domain as anchor,
        company_domain,
        cast(null as timestamp with time zone) as first_known_at

    from claimed_domains
    where company_domain is not null

),

anchors as (

    select
        anchor,
        company_domain,
        min(first_known_at) as first_known_at

    from known
    group by anchor, company_domain

),

grouped as (

    select
        anchors.*,
        coalesce(anchor_groups.group_anchor, anchors.anchor) as group_anchor,
        own_domains.company_domain is not null as is_own

    from anchors
    left join anchor_groups
        on anchors.anchor = anchor_groups.anchor
    left join own_domains
        on anchors.company_domain = own_domains.company_domain

),

joined as (

    select
        grouped.*,
        coalesce(phone_joins.joined_group, grouped.group_anchor) as company_group,
        phone_joins.phone as joined_by_phone

    from grouped
    left join phone_joins
        on grouped.group_anchor = phone_joins.group_anchor

),

ranked as (

    select
        *,
        row_number() over (
            partition by company_group
            order by
                case when company_domain is null then 1 else 0 end,
                first_known_at nulls last,
                anchor
        ) as place,
        bool_or(is_own) over (partition by company_group) as is_internal

    from joined

),

final as (

    select
        ranked.anchor,
        ranked.company_domain,
        ranked.first_known_at,
        oldest.anchor as company_anchor,
        ranked.joined_by_phone,
        ranked.is_internal,
        {{ surrogate_key(['oldest.anchor']) }} as company_key,
        {{ surrogate_key(['ranked.anchor']) }} as anchor_key

    from ranked
    inner join ranked as oldest
        on
            ranked.company_group = oldest.company_group
            and oldest.place = 1

)

select * from final
