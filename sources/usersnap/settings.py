"""Facts about Usersnap's REST API, each with where it is stated."""

from datetime import timedelta

from pydantic import Field

from sources.settings import Names, RateLimit, Secret, Url, VendorSettings, needed


class Settings(VendorSettings):
    """What Usersnap must be told."""

    prefix = "usersnap"
    jwt_id: Secret = needed("The JWT ID of the account's REST API settings.")
    jwt_secret: Secret = needed("The JWT secret beside it.")
    # the OpenAPI document, v0.1
    url: Url = "https://platform.usersnap.com/v0.1"
    # no limit is published; two requests a second is a polite guess
    rate_limit: RateLimit = "120/minute"
    projects: Names = Field(
        default=(), description="The projects to load, by id or name, comma-separated; all of the account when empty."
    )


# the help page: `limit` is 1 to 100, 10 when left out
PAGE_SIZE = 100

# The API page: a JWT with algorithm HS256 and the JWT ID as `kid`; claims are not specified. Ours live for ten minutes,
# as those of a public extractor, are dated back a little since clocks differ, and are renewed before they end.
TOKEN_LIFE = timedelta(minutes=10)
TOKEN_BACKDATED = timedelta(seconds=10)
TOKEN_RENEWED = timedelta(minutes=2)

# RFC 7518, 3.2: a key of HS256 has at least this many bytes
KEY_BYTES = 32

# a clock that is further off than this explains a refused token
CLOCK_OFF = timedelta(seconds=60)

# Changes are read again this far back: `updated_at` may be written a moment before it can be read. Our choice.
OVERLAP = timedelta(hours=1)

# the errors of a project that is gone: the specification has 400 with this word, a public extractor expects 404
SITE_GONE = "SITE_NOT_FOUND"
