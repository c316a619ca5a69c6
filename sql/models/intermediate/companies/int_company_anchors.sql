-- One row per anchor and the company that it stands for. Grain: anchor. The oldest anchor known gives the key:
-- domains before organisations, then by the time of first loading, then by name.

with

anchor_groups as (

    select * from {{ ref('int_anchor_groups') }}

),

hosts as (

    select distinct company_domain
    from {{ ref('int_hosts') }}
    where is_own

),

phone_joins as (

    select * from {{ ref('int_phone_joins') }}

),

joined as (

    select
        anchor_groups.anchor,
        anchor_groups.company_domain,
        anchor_groups.first_known_at,
        coalesce(phone_joins.joined_group, anchor_groups.group_anchor) as company_group,
        phone_joins.phone as joined_by_phone,
        hosts.company_domain is not null as is_own

    from anchor_groups
    left join phone_joins
        on anchor_groups.group_anchor = phone_joins.group_anchor
    left join hosts
        on anchor_groups.company_domain = hosts.company_domain

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
