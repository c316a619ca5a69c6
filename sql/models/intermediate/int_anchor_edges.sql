-- One row per pair of anchors that are one company, in both directions. Grain: anchor, other_anchor. Only an
-- organisation that shows both joins two domains; one that shows many, or a domain that many share, joins nothing.

with

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

shared_anchors as (

    select anchor
    from organisation_anchors
    where anchor_count > 1
    group by anchor
    having count(*) > {{ var('max_joined_anchors') }}

),

joining as (

    select organisation_anchors.*
    from organisation_anchors
    left join shared_anchors
        on organisation_anchors.anchor = shared_anchors.anchor
    where
        organisation_anchors.anchor_count between 2 and {{ var('max_joined_anchors') }}
        and shared_anchors.anchor is null

),

pairs as (

    select
        earlier.anchor,
        later.anchor as other_anchor

    from joining as earlier
    inner join joining as later
        on
            earlier.organisation_id = later.organisation_id
            and earlier.place < later.place

),

both_ways as (

    select
        anchor,
        other_anchor
    from pairs
    union
    select
        other_anchor as anchor,
        anchor as other_anchor
    from pairs

)

select * from both_ways
