-- One row per Smartlook visitor and company of a recording of theirs, or of the address that their own record states.
-- Grain: vendor, entity_type, entity_id, company_key. The rule is the strongest that says any of it. An id that two
-- projects have tells nothing.

with

told as (

    select
        visitor_id,
        company_key,
        rule,
        'recording ' || session_id as evidence,
        session_id as recording_id,
        cast(null as varchar) as met_value

    from {{ ref('int_recording_companies') }}
    where visitor_id is not null and company_key is not null
    union all
    -- one of several addresses, or int_links_before_visits would have decided
    select
        visitors.entity_id as visitor_id,
        company_anchors.company_key,
        'email_domain' as rule,
        'e-mail ' || visitors.stated_email || ' is of ' || hosts.mail_domain as evidence,
        cast(null as varchar) as recording_id,
        hosts.mail_domain as met_value

    from {{ ref('int_recorded_people') }} as visitors
    inner join {{ ref('int_hosts') }} as hosts
        on split_part(visitors.stated_email, '@', 2) = hosts.host_text
    inner join {{ ref('int_company_anchors') }} as company_anchors
        on 'domain:' || hosts.mail_domain = company_anchors.anchor
    where visitors.entity_type = 'visitor' and not hosts.is_own

),

placed as (

    select
        *,
        {{ rule_place('rule') }} as rule_place

    from told

),

visitors as (

    select
        visitor_id,
        min(rule_place) as first_place,
        count(distinct company_key) = 1 as is_certain

    from placed
    group by visitor_id

),

shared_ids as (

    select entity_id as visitor_id
    from {{ ref('int_recorded_people') }}
    where entity_type = 'visitor'
    group by entity_id
    having count(*) > 1

),

-- of several companies each is a candidate, by any rule
answers as (

    select
        visitors.visitor_id,
        placed.company_key,
        visitors.is_certain,
        min(visitors.first_place) as first_place,
        min(placed.evidence) as evidence,
        -- as the evidence, which is that of an address if there is one
        case when min(placed.met_value) is null then min(placed.recording_id) end as recording_id,
        min(placed.met_value) as met_value

    from placed
    inner join visitors
        on
            placed.visitor_id = visitors.visitor_id
            and (placed.rule_place = visitors.first_place or not visitors.is_certain)
    group by visitors.visitor_id, placed.company_key, visitors.is_certain

),

rules as (

    select distinct
        rule,
        rule_place
    from placed

)

select
    'smartlook' as vendor,
    'visitor' as entity_type,
    answers.visitor_id as entity_id,
    answers.company_key,
    rules.rule,
    answers.evidence,
    case when answers.recording_id is not null then 'recording' end as rests_on_type,
    answers.recording_id as rests_on_id,
    answers.met_value,
    answers.is_certain

from answers
inner join rules
    on answers.first_place = rules.rule_place
left join shared_ids
    on answers.visitor_id = shared_ids.visitor_id
where shared_ids.visitor_id is null
