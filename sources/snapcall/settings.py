"""Facts about SnapCall's API v2. Its page lists routes and parameters only; what is chosen says so."""

# the REST API page
BASE_URL = "https://api.snapcall.io/v2"

# no limit is documented; two requests a second is a polite guess
RATE_LIMIT = "120/minute"

# `limit` is documented without a default or a maximum; what the server really applies shows in the answers
PAGE_SIZE = 100
SMALLER_PAGE_SIZES = (50, 20, 10)

# the first page's number is not documented
FIRST_PAGES = (0, 1)

# names that the list of an answer may have; a bare array and an object keyed by button are read too
LIST_NAMES = ("calls", "buttons", "schedule_templates", "scheduleTemplates", "data", "results", "rows", "items")
