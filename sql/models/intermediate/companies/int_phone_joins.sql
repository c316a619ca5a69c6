-- One row per organisation without a domain that a phone number joins to one other company. Grain: group_anchor. The
-- number has to be that of exactly two, and the organisation may share numbers with that one company alone, so that no
-- chain of numbers joins two domains.

with

anchor_groups as (

    select * from {{ ref('int_anchor_groups') }}

),

organisation_anchors as (

    select * from {{ ref('int_organisation_anchors') }}
    where place = 1

),

organisations as (

    select * from {{ ref('stg_snitcher__organisations') }}
    where phone is not null

),

given_organisations as (

    select distinct entity_id as organisation_id
    from {{ ref('int_overrides') }}
    where action in ('link', 'unlink') and vendor = 'snitcher' and entity_type = 'organisation'

),

phones as (

    select
        organisations.phone,
        coalesce(anchor_groups.group_anchor, organisation_anchors.anchor) as group_anchor,
        bool_or(organisation_anchors.company_domain is null) as is_nameless,
        count(*) over (partition by organisations.phone) as owner_count

    from organisations
    inner join organisation_anchors
        on organisations.organisation_id = organisation_anchors.organisation_id
    left join anchor_groups
        on organisation_anchors.anchor = anchor_groups.anchor
    left join given_organisations
        on organisations.organisation_id = given_organisations.organisation_id
    where given_organisations.organisation_id is null
    group by organisations.phone, coalesce(anchor_groups.group_anchor, organisation_anchors.anchor)

),

-- of a switchboard
sharing_with_many as (

    select distinct group_anchor
    from phones
    where owner_count > 2

),

pairs as (

    select
        ones.group_anchor,
        others.group_anchor as other_group,
        others.is_nameless as is_other_nameless,
        ones.phone

    from phones as ones
    inner join phones as others
        on
            ones.phone = others.phone
            and ones.group_anchor != others.group_anchor
    left join sharing_with_many
        on ones.group_anchor = sharing_with_many.group_anchor
    where ones.is_nameless and ones.owner_count = 2 and sharing_with_many.group_anchor is null

),

with_one_partner as (

    select
        group_anchor,
        min(other_group) as other_group,
        bool_or(is_other_nameless) as is_other_nameless,
        min(phone) as phone

    from pairs
    group by group_anchor
    having count(distinct other_group) = 1

),

final as (

    select
        ones.group_anchor,
        -- of two without a domain, both keep the one that comes first
        case when ones.is_other_nameless then least(ones.group_anchor, ones.other_group) else ones.other_group end
            as joined_group,
        ones.phone

    from with_one_partner as ones
    left join with_one_partner as others
        on ones.other_group = others.group_anchor
    where not ones.is_other_nameless or others.group_anchor is not null

)

select * from final
