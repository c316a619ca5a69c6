"""Facts about Snitcher's API, each with where it is stated."""

# the REST API introduction, "Base URL"
BASE_URL = "https://api.snitcher.com/v1"

# the introduction, "Rate Limits": 60 requests per minute per token
RATE_LIMIT = "60/minute"

# The reference gives `size` 1 to 1000, the introduction `per_page` up to 100. Both are sent; the answer tells.
PAGE_SIZES = {"size": 1000, "per_page": 100}

# A package should be about five minutes of API time and fit into memory.
MOST_PAGES = 300
MOST_ROWS = 200_000
MOST_COMPANIES = 300
