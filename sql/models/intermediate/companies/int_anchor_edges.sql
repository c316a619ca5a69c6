-- One row per pair of anchors that are one company, in both directions. Grain: anchor, other_anchor. Only `same` of the
-- operator and an organisation that shows both join two domains, unless the operator says `different`; an organisation
-- that shows many, or that the operator gave to somebody, and a domain that many share join nothing.

with

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}

),

overrides as (

    select * from {{ ref('int_overrides') }}

),

given_organisations as (

    select distinct entity_id as organisation_id
    from overrides
    where action in ('link', 'unlink') and vendor = 'snitcher' and entity_type = 'organisation'

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
    left join given_organisations
        on organisation_anchors.organisation_id = given_organisations.organisation_id
    where
        organisation_anchors.anchor_count between 2 and {{ var('max_joined_anchors') }}
        and shared_anchors.anchor is null
        and given_organisations.organisation_id is null

),

pairs as (

    select
        earlier.anchor,
        later.anchor as other_anchor,
        false as is_stated

    from joining as earlier
    inner join joining as later
        on
            earlier.organisation_id = later.organisation_id
            and earlier.place < later.place
    union all
    select
        'domain:' || company_domain as anchor,
        'domain:' || other_domain as other_anchor,
        true as is_stated

    from overrides
    where action = 'same' and company_domain != other_domain

),

both_ways as (

    select * from pairs
    union all
    select
        other_anchor as anchor,
        anchor as other_anchor,
        is_stated

    from pairs

),

different as (

    select
        'domain:' || company_domain as anchor,
        'domain:' || other_domain as other_anchor

    from overrides
    where action = 'different'

),

final as (

    select
        both_ways.anchor,
        both_ways.other_anchor,
        bool_or(both_ways.is_stated) as is_stated

    from both_ways
    left join different
        on
            (both_ways.anchor = different.anchor and both_ways.other_anchor = different.other_anchor)
            or (both_ways.anchor = different.other_anchor and both_ways.other_anchor = different.anchor)
    where different.anchor is null
    group by both_ways.anchor, both_ways.other_anchor

)

select * from final
