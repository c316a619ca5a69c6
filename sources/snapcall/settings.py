"""Facts about SnapCall's API v2. Its page lists routes and parameters only; what is chosen says so."""

from sources.settings import Header, RateLimit, Secret, Url, VendorSettings, needed, optional


class Settings(VendorSettings):
    """What SnapCall must be told."""

    prefix = "snapcall"
    api_key: Header = needed("The API key, sent as Bearer.")
    api_secret: Secret = optional("Only for accounts that want Basic authentication with a secret.")
    # the REST API page
    url: Url = "https://api.snapcall.io/v2"
    # no limit is documented; two requests a second is a polite guess
    rate_limit: RateLimit = "120/minute"


# `limit` is documented without a default or a maximum; what the server really applies shows in the answers
PAGE_SIZE = 100
SMALLER_PAGE_SIZES = (50, 20, 10)

# the first page's number is not documented
FIRST_PAGES = (0, 1)

# names that the list of an answer may have; a bare array and an object keyed by button are read too
LIST_NAMES = ("calls", "buttons", "schedule_templates", "scheduleTemplates", "data", "results", "rows", "items")
