-- Who rated a call badly or left bad feedback, of companies with an open lead?
-- One row per badly rated call and per bad feedback, the latest first. Grain: complaint, entity_id.
-- How to read it: somebody is about to be sold to whose company had a bad time. `open_leads` are people of the company
-- who asked to be contacted and whose lead is not closed. Usersnap gives no rating, so feedback is bad when its
-- priority is high or one of its labels names a fault, unless it is dealt with or the vendor no longer has it.
-- Settings: `low_rating` is the highest call rating that is bad (callers give 1 to 5). Words are compared in lower
-- case, with _ for blanks and hyphens. A lead is open unless its status is one of `closed_leads`: who is not in the CRM
-- yet, or stands there with a word that nobody thought of, is open. The same holds of feedback and `closed_feedback`.

with

settings as (

    select
        2 as low_rating,
        array['high', 'highest', 'urgent', 'critical', 'blocker'] as bad_priorities,
        array['bug', 'error', 'problem', 'issue', 'complaint', 'negative'] as bad_labels,
        array['done', 'closed', 'resolved', 'fixed', 'solved', 'rejected', 'archived'] as closed_feedback,
        array[
            'won', 'lost', 'closed', 'closed_won', 'closed_lost', 'converted', 'customer', 'disqualified',
            'unqualified', 'not_interested', 'rejected', 'duplicate', 'junk', 'spam', 'archived', 'deleted'
        ] as closed_leads

),

open_leads as (

    select
        leads.company_key,
        count(*) as open_leads,
        max(leads.last_requested_at) as last_requested_at

    from marts.fct_leads as leads
    cross join settings
    where
        not leads.is_ignored
        and not coalesce(translate(lower(leads.lead_status), ' -', '__') = any(settings.closed_leads), false)
    group by leads.company_key

),

bad_labels as (

    select distinct labelled.feedback_id
    from (
        select
            feedback_id,
            unnest(labels) as label
        from marts.fct_feedback
    ) as labelled
    cross join settings
    where translate(lower(labelled.label), ' -', '__') = any(settings.bad_labels)

),

complaints as (

    select
        'call' as complaint,
        calls.call_id as entity_id,
        calls.company_key,
        calls.started_at as occurred_at,
        calls.rating,
        calls.status,
        cast(null as varchar) as priority,
        cast(null as varchar) as labels,
        cast(null as varchar) as comment,
        calls.page_url

    from marts.fct_calls as calls
    cross join settings
    where calls.rating <= settings.low_rating
    union all
    select
        'feedback' as complaint,
        feedback.feedback_id as entity_id,
        feedback.company_key,
        feedback.created_at as occurred_at,
        cast(null as double) as rating,
        feedback.status,
        feedback.priority,
        nullif(array_to_string(feedback.labels, ', '), '') as labels,
        feedback.comment,
        feedback.page_url

    from marts.fct_feedback as feedback
    cross join settings
    left join bad_labels
        on feedback.feedback_id = bad_labels.feedback_id
    where
        not feedback.is_demo
        and feedback.missing_since is null
        and not coalesce(translate(lower(feedback.status), ' -', '__') = any(settings.closed_feedback), false)
        and (
            bad_labels.feedback_id is not null
            or translate(lower(feedback.priority), ' -', '__') = any(settings.bad_priorities)
        )

)

select
    companies.company_name,
    companies.domain,
    complaints.occurred_at,
    complaints.complaint,
    complaints.rating,
    complaints.priority,
    complaints.labels,
    complaints.status,
    complaints.comment,
    complaints.page_url,
    open_leads.open_leads,
    open_leads.last_requested_at,
    complaints.entity_id

from complaints
inner join open_leads
    on complaints.company_key = open_leads.company_key
inner join marts.company_360 as companies
    on complaints.company_key = companies.company_key
order by complaints.occurred_at desc nulls last, complaints.complaint asc, complaints.entity_id asc
