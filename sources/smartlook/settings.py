"""Facts about Smartlook's REST API, each with where it is stated."""

from datetime import timedelta

from sources.settings import Header, RateLimit, Url, VendorSettings, needed


class Settings(VendorSettings):
    """What Smartlook must be told."""

    prefix = "smartlook"
    api_token: Header = needed("A project's token; several projects: tokens with commas between them.")
    # the overview: https://api.<region>.smartlook.cloud; the region is a setting of the project
    url: Url = "https://api.eu.smartlook.cloud"
    # the overview: "usually 500 requests per 30 minutes for each endpoint"
    rate_limit: RateLimit = "500/30minutes"


# Of two versions of a route an address without one means the latest, so each is written out; only v2 of the visitor
# search has sorting and a stated page size (documentation page "Searching users").
ME = "/api/v1/me"
SESSIONS = "/api/v1/sessions/search"
VISITORS = "/api/v2/visitors/search"
VISITOR_EVENTS = "/api/v1/visitors/{visitor_id}/events"
EVENTS = "/api/v1/events"
FUNNELS = "/api/v1/funnels"
FUNNEL = "/api/v1/funnels/{funnel_id}"

# "Searching users": default and maximum of `limit` are 100; the other lists are assumed to be alike
PAGE_SIZE = 100
SMALLER_PAGE_SIZES = (50, 20, 10)

# what to answer to a cursor that is not valid any more is documented nowhere
STALE_STATUSES = (400, 404, 410)

# A package should be about five minutes of API time: 500 requests in 30 minutes are 83 in five.
MOST_PAGES = 83

# Filters are days of no documented zone, and whether their ends belong to them is not documented either. An event
# belongs to a session that is listed, so the days round a visitor's events can be wider at no cost.
SEARCH_PAD = timedelta(days=1)
EVENTS_PAD = timedelta(days=2)

# Life cycle of a session: a return within 15 minutes (5 on a mobile device) continues the session, so an event that is
# older than the first session asked for by more than this belongs to another session, which has its own reading.
BETWEEN_SESSIONS = timedelta(minutes=5)

# A funnel's numbers are those of this many closed UTC days; our choice, its visitors being few.
FUNNEL_DAYS = 30
# `nextAttemptDelay` is assumed to be milliseconds. Our choice: never ask sooner or later than this, nor longer.
FUNNEL_POLL = (timedelta(milliseconds=50), timedelta(seconds=30))
FUNNEL_ASKS = 8
