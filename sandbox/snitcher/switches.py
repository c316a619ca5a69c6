"""What is open about Snitcher: the sections are those of snitcher.md."""

from sandbox.http.vendor import Switch

SWITCHES = {
    "form": Switch(("reference", "introduction"), "reference", "9: two descriptions of one API; introduction has "
                   "no workspace-wide sessions, only {data}, and per_page (default 25, at most 100)"),
    "page_size": Switch(("honoured", "fixed"), "honoured", "3: observed as fixed at 15"),
    "company_range": Switch(("accepted", "refused"), "accepted", "3: the range of one company's sessions is only "
                            "in the reference; refused is 422 unless `date` is given"),
    "envelope_single": Switch(("bare", "data"), "bare", "4, 9: one organisation comes bare or in data"),
    "events": Switch(("events", "views_only"), "events", "5.3: the reference's examples show views only"),
    "organisation_uuid": Switch(("present", "absent"), "present", "5.3: missing from the older per-company example"),
    "day_zone": Switch(("UTC", "Pacific/Auckland"), "UTC", "3: the zone of a day is not stated"),
    "day_selects": Switch(("started", "ended", "overlap"), "started", "3: which time a day selects is not stated"),
    "sort": Switch(("newest", "oldest"), "newest", "4: the order is undocumented"),
    "auth_refusal": Switch(("401", "403"), "401", "7, 9: a rejected token can show as 403"),
    "retry_after": Switch(("header", "none"), "header", "7: no source has headers of a 429"),
    "rate_headers": Switch(("none", "x_ratelimit"), "none", "7: Laravel's usual headers are only assumed"),
    "next_page_url": Switch(("dropped", "kept"), "dropped", "4: Laravel drops the other query parameters"),
    "segments": Switch(("data", "paginated", "bare"), "data", "4: the body of this list is in no source"),
    "forbidden": Switch(("none", "first", "second"), "none", "7: 403 on one workspace is a missing permission"),
}  # fmt: skip
