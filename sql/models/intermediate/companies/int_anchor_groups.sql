-- One row per anchor that has an edge, and the group of anchors that websites and the operator join it to. Grain:
-- anchor. A group where two domains are declared different falls back to what the operator joined, and one that is too
-- large to itself alone.

with recursive

edges as (

    select * from {{ ref('int_anchor_edges') }}

),

overrides as (

    select * from {{ ref('int_overrides') }}

),

-- `union` drops pairs that are there already, so the walk ends
reached as (

    select
        anchor,
        anchor as other_anchor

    from edges
    union
    select
        reached.anchor,
        edges.other_anchor

    from reached
    inner join edges
        on reached.other_anchor = edges.anchor

),

torn as (

    select distinct ones.anchor
    from overrides
    inner join reached as ones
        on 'domain:' || overrides.company_domain = ones.other_anchor
    inner join reached as others
        on
            ones.anchor = others.anchor
            and 'domain:' || overrides.other_domain = others.other_anchor
    where overrides.action = 'different'

),

stated_edges as (

    select
        edges.anchor,
        edges.other_anchor

    from edges
    inner join torn
        on edges.anchor = torn.anchor
    where edges.is_stated

),

walked as (

    select
        anchor,
        anchor as other_anchor

    from stated_edges
    union
    select
        walked.anchor,
        stated_edges.other_anchor

    from walked
    inner join stated_edges
        on walked.other_anchor = stated_edges.anchor

),

kept as (

    select
        anchor,
        other_anchor

    from walked
    union all
    select
        reached.anchor,
        reached.other_anchor

    from reached
    left join torn
        on reached.anchor = torn.anchor
    where torn.anchor is null

),

final as (

    select
        anchor,
        -- so many domains are a vendor's mistake rather than one company
        case when count(*) <= {{ var('max_component') }} then min(other_anchor) else anchor end as group_anchor

    from kept
    group by anchor

)

select * from final
