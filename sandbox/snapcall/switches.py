"""What is open about SnapCall, which is nearly everything: the sections are those of snapcall.md."""

from sandbox.http.vendor import Switch

SWITCHES = {
    "envelope": Switch(("object_total", "object", "bare", "keyed_by_bid"), "object_total", "6: unknown; v1 had "
                       "bare arrays, and calls keyed by bid"),
    "list_key": Switch(("own", "data", "results", "rows"), "own", "6: own is calls, buttons, schedule_templates"),
    "page_base": Switch(("1", "0"), "1", "5: the number of the first page is undocumented"),
    "page_zero": Switch(("first", "refused", "empty"), "first", "5: what page 0 is where pages begin at 1"),
    "max_limit": Switch(("10", "50", "100", "1000"), "100", "5: the largest limit is undocumented"),
    "default_limit": Switch(("10", "25", "100"), "25", "5: the default limit is undocumented"),
    "over_limit": Switch(("clamp", "refuse"), "clamp", "5: what a limit beyond the largest does"),
    "order": Switch(("newest", "oldest", "id"), "newest", "5: the order is undocumented"),
    "end_of_list": Switch(("empty", "repeat_last", "not_found", "wrap"), "empty", "5: no signal is documented"),
    "paging": Switch(("honoured", "ignored"), "honoured", "5: a server may ignore page; then every answer is the "
                     "first rows, as many as the limit"),
    "window_tests": Switch(("start", "end"), "start", "4: which end of a call the window tests"),
    "window_bounds": Switch(("half_open", "closed", "open"), "half_open", "4: whether bounds belong to the window"),
    "ongoing": Switch(("hidden", "shown"), "hidden", "6, 9: whether calls in progress are listed"),
    "buttons": Switch(("listed", "missing"), "listed", "3: the list may have been withdrawn (404)"),
    "ani": Switch(("number", "text"), "number", "3: the filter is a number; the field's type is assumed"),
    "auth": Switch(("key", "key_and_secret"), "key", "2: an older copy wants the secret as Basic password"),
    "retry_after": Switch(("header", "none"), "header", "7: no rate limit is documented"),
}  # fmt: skip
