"""What Usersnap's documents leave open, with the answers that the sandbox can give (sheet usersnap.md)."""

from sandbox.http.vendor import Switch

SWITCHES = {
    "next": Switch(
        ("filled", "when_more", "absent"),
        "filled",
        "7: the vendor's sample has a filled `next` although `has_more` is false",
    ),
    "previous": Switch(("absent", "present"), "absent", "5: named by the help page, missing from the specification"),
    "over_limit": Switch(("400", "clamp"), "400", "7: `limit` is 1 to 100, what happens beyond is not said"),
    "vanished_cursor": Switch(
        ("400", "restart"), "400", "7: a cursor is a row id; what follows when the row is gone is unknown"
    ),
    "site_not_found": Switch(
        ("400", "404"), "400", "4: a vanished project is 400 SITE_NOT_FOUND, a public extractor expects 404"
    ),
    "gone_project": Switch(
        ("none", "listed", "unlisted"),
        "none",
        "4: the quiet project has vanished: its routes refuse, and it is still in the list or not",
    ),
    "archived_projects": Switch(("listed", "hidden"), "listed", "11: archived projects are in the list or not"),
    "projects_list": Switch(
        ("whole", "paged"),
        "whole",
        "5: `has_more` exists, no paging is declared; paged takes limit and after, 3 rows at most",
    ),
    "feedback_count": Switch(
        ("exact", "without_demo"), "exact", "10.5: whether `feedback_count` equals `total_count` is unproved"
    ),
    "project_updated": Switch(
        ("fixed", "moves"), "fixed", "10.4: whether a project's `updated_at` moves with its feedback is unknown"
    ),
    "claims": Switch(("optional", "required"), "optional", "2: no claim is demanded; required wants `iat` and `exp`"),
    "iat_leeway": Switch(
        ("0", "60", "<number>"), "0", "2: an `iat` in the future may be refused; seconds that are forgiven"
    ),
    "max_age": Switch(("any", "600", "<number>"), "any", "11: maximum age of a token, in seconds after `iat`"),
    "clock": Switch(
        ("exact", "slow", "fast"), "exact", "2: keep the clock honest; the server is 10 minutes slow or 15 minutes fast"
    ),
    "plan": Switch(
        ("enterprise", "without_api"),
        "enterprise",
        "1, 4: the API is a gated feature; without it 403, by a public extractor",
    ),
    "fractional_seconds": Switch(
        ("accepted", "refused"), "accepted", "6: samples of filter values have whole seconds only"
    ),
    "retry_after": Switch(("seconds", "none"), "seconds", "8: nothing is published about a 429"),
}
