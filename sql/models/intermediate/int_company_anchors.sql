-- One row per anchor and the company that it stands for. Grain: anchor. The oldest anchor known gives the key:
-- domains before organisations, then by the time of first loading, then by name.

with recursive

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

edges as (

    select * from {{ ref('int_anchor_edges') }}

),

anchors as (

    select
        anchor,
        company_domain,
        min(first_known_at) as first_known_at

    from organisation_anchors
    group by anchor, company_domain

),

-- `union` drops pairs that are there already, so the walk ends
reached as (

    select
        edges.anchor,
        edges.anchor as other_anchor

    from edges
    union
    select
        reached.anchor,
        edges.other_anchor

    from reached
    inner join edges
        on reached.other_anchor = edges.anchor

),

ranked as (

    select
        reached.anchor,
        reached.other_anchor,
        row_number() over (
            partition by reached.anchor
            order by
                case when others.company_domain is null then 1 else 0 end,
                others.first_known_at nulls last,
                others.anchor
        ) as place,
        count(*) over (partition by reached.anchor) as component_size

    from reached
    inner join anchors as others
        on reached.other_anchor = others.anchor

),

oldest as (

    select
        anchors.anchor,
        anchors.company_domain,
        anchors.first_known_at,
        coalesce(ranked.other_anchor, anchors.anchor) as company_anchor

    from anchors
    left join ranked
        on
            anchors.anchor = ranked.anchor
            and ranked.place = 1
            -- so many domains are a vendor's mistake rather than one company
            and ranked.component_size <= {{ var('max_component') }}

),

final as (

    select
        anchor,
        company_domain,
        first_known_at,
        company_anchor,
        {{ surrogate_key(['company_anchor']) }} as company_key,
        {{ surrogate_key(['anchor']) }} as anchor_key

    from oldest

)

select * from final
