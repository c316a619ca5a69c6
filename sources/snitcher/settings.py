"""Facts about Snitcher's API, each with where it is stated."""

from pydantic import Field

from sources.settings import Header, Names, RateLimit, Url, VendorSettings, needed


class Settings(VendorSettings):
    """What Snitcher must be told."""

    prefix = "snitcher"
    api_token: Header = needed("A personal access token.")
    # the REST API introduction, "Base URL"
    url: Url = "https://api.snitcher.com/v1"
    # the introduction, "Rate Limits": 60 requests per minute per token
    rate_limit: RateLimit = "60/minute"
    workspaces: Names = Field(
        default=(), description="The workspaces to load, by uuid or name, comma-separated; all of the token when empty."
    )


# The reference gives `size` 1 to 1000, the introduction `per_page` up to 100. Both are sent; the answer tells.
PAGE_SIZES = {"size": 1000, "per_page": 100}

# A package should be about five minutes of API time and fit into memory.
MOST_PAGES = 300
MOST_ROWS = 200_000
MOST_COMPANIES = 300
