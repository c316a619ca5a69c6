-- What did companies with an open lead say that is not dealt with yet?
-- One row per feedback, the latest first. Grain: feedback_id.
-- How to read it: whoever talks to these companies next should know it. `open_leads` are people of the company who
-- asked to be contacted and whose lead is not closed. Demo feedback, and what the vendor no longer has, is left out.
-- Settings: words are compared in lower case, with _ for blanks and hyphens. A lead is open unless its status is one of
-- `closed_leads`, feedback unless its status is one of `closed_feedback`: a word that nobody thought of is open.

with

settings as (

    select
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

)

select
    companies.company_name,
    companies.domain,
    feedback.created_at as said_at,
    feedback.mood,
    feedback.rating,
    feedback.priority,
    nullif(array_to_string(feedback.labels, ', '), '') as labels,
    feedback.status,
    feedback.comment,
    feedback.page_url,
    open_leads.open_leads,
    open_leads.last_requested_at,
    feedback.feedback_id

from marts.fct_feedback as feedback
cross join settings
inner join open_leads
    on feedback.company_key = open_leads.company_key
inner join marts.company_360 as companies
    on feedback.company_key = companies.company_key
where
    not feedback.is_demo
    and feedback.missing_since is null
    and not coalesce(translate(lower(feedback.status), ' -', '__') = any(settings.closed_feedback), false)
order by feedback.created_at desc nulls last, feedback.feedback_id asc
