"""What Smartlook's documents leave open, with the answers that the sandbox can give (sheet smartlook.md)."""

from sandbox.http.vendor import Switch

SWITCHES = {
    "links": Switch(
        ("unversioned", "versioned", "absent"),
        "unversioned",
        "6: links are relative, unversioned in the page's example; absent leaves only `pagination`",
    ),
    "end_of_list": Switch(
        ("absent", "null", "empty", "empty_page", "repeat"),
        "absent",
        "6: how a list ends is not documented: next cursor and link are absent, null or empty, lead to an empty page, "
        "or back to the last page",
    ),
    "cursor_form": Switch(
        ("text", "number", "list"),
        "text",
        "6: `pagination` is typed any value for visitor sessions and the visitor search",
    ),
    "cursor_seconds": Switch(
        ("300", "<number>"), "300", "6: cursors quickly become invalid; seconds, by the world's clock or the real one"
    ),
    "cursor_use": Switch(("many", "once"), "many", "12: whether a cursor may be asked twice is unknown"),
    "stale_cursor": Switch(("400", "404", "410"), "400", "12: the status for a cursor that is no longer valid"),
    "list_limit": Switch(
        ("100", "10", "<number>"), "100", "12: default of `limit`; documented for the v2 visitor search only"
    ),
    "limit_max": Switch(("100", "<number>"), "100", "4, 12: maximum of `limit`, not documented either"),
    "over_limit": Switch(("clamp", "400"), "clamp", "12: what happens beyond the maximum"),
    "in_range": Switch(
        ("inclusive", "half_open", "exclusive"), "inclusive", "4: whether the two days of `in_range` belong to it"
    ),
    "before_after": Switch(
        ("exclusive", "inclusive"), "exclusive", "4: whether `before` and `after` include the named day"
    ),
    "date_to": Switch(
        ("inclusive", "exclusive"),
        "inclusive",
        "5, 12: whether the day or instant that `dateTo` names belongs to the window",
    ),
    "day_zone": Switch(
        ("UTC", "Europe/Prague", "America/Los_Angeles", "Pacific/Auckland"),
        "UTC",
        "4: filters are days, of no documented zone",
    ),
    "empty_filters": Switch(("accepted", "refused"), "accepted", "12: whether `filters: []` is accepted"),
    "session_order": Switch(("asc", "desc"), "asc", "4: the default order of the session search is unknown"),
    "event_order": Switch(("asc", "desc"), "asc", "12: the order of a visitor's events is unknown"),
    "active_sessions": Switch(
        ("whole", "hidden", "growing"),
        "whole",
        "9: whether the search has sessions of the last 15 minutes, which may still go on: as if over, not yet, "
        "or with what they have so far",
    ),
    "identify": Switch(
        ("kept", "rewritten"), "kept", "9: whether a later identification rewrites the visitor's earlier sessions"
    ),
    "properties": Switch(
        ("documented", "object", "array", "mixed", "null", "absent"),
        "documented",
        "5: any value on a session, array on a visitor; documented is object and array, mixed is either on both",
    ),
    "page_urls": Switch(
        ("present", "absent"), "present", "5: `pageUrl` of a session is in the newer specification only"
    ),
    "retention_days": Switch(
        ("90", "30", "180", "<number>"), "90", "9: sessions are kept 30, 90 or 180 days, by plan (second-hand)"
    ),
    "funnel": Switch(
        ("poll", "status_202", "ready", "stuck"),
        "poll",
        "5: computed asynchronously: unfinished for two asks (with 200 or 202), finished at once, or never",
    ),
    "wait_for_finish": Switch(
        ("honoured", "ignored"), "honoured", "5: `waitForFinish=true` is declared, not described"
    ),
    "dead_token": Switch(("none", "first", "second"), "none", "2: a token unused for 90 days becomes invalid (401)"),
    "error_body": Switch(("json", "text", "empty"), "json", "8: no error is documented"),
    "retry_after": Switch(
        ("Retry-After", "X-RetryAfter", "none"), "Retry-After", "7: the headers of a 429 are undocumented"
    ),
}
