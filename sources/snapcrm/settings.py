"""Facts about SnapCRM's API, from its one page of documentation. What is assumed says so."""

from sources.settings import Header, RateLimit, Url, VendorSettings, needed


class Settings(VendorSettings):
    """What SnapCRM must be told."""

    prefix = "snapcrm"
    api_key: Header = needed("The API key.")
    # the user's own site may be another one
    url: Url = "https://snapcrm.app/api/v1"
    # per key; an admin can raise it, and the answers' headers state it
    rate_limit: RateLimit = "200/minute"


# the only operation
LEADS = "/leads"

# fields of a lead that the API takes; the first two are required, and all are text
REQUIRED = ("firstName", "lastName")
OPTIONAL = ("email", "phone", "company", "website", "source", "address", "city", "state", "zipcode", "tagId")

# one of the documented examples; whether the list is open is not known
SOURCE = "website"

# documented names, standard numbers: the lead exists (same e-mail or name), the lead is not as it should be
CONFLICT = 409
BAD_REQUEST = 400

# other standard words for "this lead will not do": too large, or not valid
UNACCEPTABLE = (BAD_REQUEST, 413, 422)

# a gateway that had no answer in time, or none that it understood: the lead may have been created behind it
UNSURE = (408, 502, 504)
