-- The publication that is read: when, by which run, how that ended, and the zone of its days. One row.
select
    timezone($zone, publications.published_at) as published,
    publications.tests_passed,
    runs.status,
    runs.error,
    (select coalesce(sum(row_count), 0) from ops.quarantine_counts) as kept_aside

from ops.publications as publications
left join ops.runs as runs
    on publications.run_id = runs.run_id
order by publications.published_at desc
limit 1
