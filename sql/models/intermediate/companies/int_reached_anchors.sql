-- One row per anchor and anchor that a walk over the edges reaches from it, itself included. Grain: anchor,
-- other_anchor. Anchors without an edge are not here.

with recursive

edges as (

    select * from {{ ref('int_anchor_edges') }}

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

)

select * from reached
