"""The abstract things that the world is made of, before any vendor looks at them.

All times are aware datetimes in UTC. A thing is at the vendors from its `visible_at` on and no longer when it is
`deleted`. Keys such as `c0007` are the world's own and never leave it; ids are those that vendors show.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass
class Site:
    """A tracked web site: a Snitcher workspace, a Smartlook project, a Usersnap project, a few SnapCall buttons."""

    key: str
    host: str
    name: str
    workspace: str
    workspace_status: str
    smartlook_project: str
    usersnap_project: str
    usersnap_api_key: str
    created_at: datetime

    @property
    def url(self) -> str:
        """Root of the site without a trailing slash."""
        return f"https://{self.host}"


@dataclass(frozen=True)
class Place:
    """Where something is. `country` is ISO 3166 alpha-2."""

    country: str
    country_name: str
    state: str
    city: str
    latitude: float
    longitude: float
    timezone: str


@dataclass(frozen=True)
class Device:
    """What a person browses with. Vendors write the browser in words of their own."""

    browser: str
    """Family: Chrome, Firefox, Safari, Edge, Opera or Samsung Internet."""
    version: str
    os: str
    os_version: str
    kind: str
    """desktop, mobile or tablet."""
    width: int
    height: int
    user_agent: str


@dataclass
class Company:
    """A true company. `domains` are registrable, the oldest first."""

    key: str
    name: str
    legal_name: str
    kind: str
    """regular, own, builder, social, no_website, namesake, switchboard, quiet (never seen at Snitcher) or ghost."""
    domains: list[str]
    place: Place
    phone: str | None
    """E.164; several companies may have one switchboard."""
    industry: str | None
    size: str | None
    founded: int | None
    internal: bool = False


@dataclass
class Organisation:
    """A company as Snitcher shows it. A company may have several; a website may change."""

    uuid: str
    company: str
    name: str | None
    website: str | None
    phone: str | None
    email: str | None
    size: str | None
    industry: str | None
    founded: int | None
    place: Place
    street: str | None
    street_number: str | None
    postal_code: str | None
    logo: str | None
    profiles: list[dict[str, str]]
    tags: list[str]
    segments: list[str]
    """Uuids of segments."""
    listed: bool = True
    """False: sessions name it, no organisation route knows it."""
    websites: list[str] = field(default_factory=list)
    """Every website that it has shown, the oldest first."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that no document mentions."""


@dataclass
class Person:
    """Somebody who browses, calls and writes. `company` is the true employer, None for a private person."""

    key: str
    company: str | None
    first: str
    last: str
    email: str | None
    email_kind: Literal["corporate", "free", "none"]
    phone: str | None
    """A number of their own, E.164."""
    place: Place
    device: Device
    ip: str
    language: str
    uid: str | None
    """What the site tells Smartlook about them: an e-mail address, a customer number, or nothing."""
    properties: Any = None
    """Smartlook's identification properties: an object, a list of name/value pairs, or None."""
    visitor_ids: dict[str, str] = field(default_factory=dict)
    """Site key -> Smartlook visitor id."""
    identified: bool = False
    """The site tells Smartlook their e-mail address, as `uid` or within `properties`."""
    anchored: bool = False
    """A record with their free-mail address also bears their company's own phone number or website."""


@dataclass
class Event:
    """One thing that happened in a visit."""

    kind: str
    """pageview, form_submit, track, click, download, or a word that no document has."""
    url: str
    at: datetime
    time_on_page: int | None = None
    name: str | None = None
    form_id: str | None = None
    form_name: str | None = None
    fields: list[tuple[str, Any]] = field(default_factory=list)
    properties: list[tuple[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Visit:
    """One visit of one person to one site, which Snitcher, Smartlook or both record.

    `session_id` is Snitcher's, `smartlook_id` Smartlook's; None where that vendor did not see the visit.
    `smartlook_skew` is added to all of its times at Smartlook, in seconds.
    """

    key: str
    site: str
    person: str
    organisation: str | None
    """Uuid of the organisation that Snitcher names: of the network, not always of the person's employer."""
    session_id: str | None
    smartlook_id: str | None
    smartlook_skew: float
    started_at: datetime
    ended_at: datetime
    place: Place
    device: Device
    referrer: str | None
    events: list[Event]
    visible_at: datetime
    snitcher_url_query: bool = True
    """False: Snitcher cuts the query from this visit's URLs, as Smartlook does not."""
    notes: list[tuple[int, str]] = field(default_factory=list)
    """Smartlook notes: second in the recording, text."""
    crowded: bool = False
    """Another visit of the same city and browser is so near that time cannot tell them apart."""
    foreign: bool = False
    """Made from a network of another company than the person's own."""
    deleted: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that no document mentions, in Snitcher's row."""


@dataclass
class Call:
    """One call through a SnapCall button. `ended_at` is None while it lasts, `rate` until the caller has rated."""

    id: int
    site: str
    bid: str
    agent: str | None
    person: str
    visit: str | None
    """Key of the visit it was made from, when there was one."""
    company: str | None
    started_at: datetime
    ended_at: datetime | None
    status: str
    rate: int | None
    rated_at: datetime | None
    ani: int | None
    """The caller's number without plus; sometimes national, then without its leading zero."""
    client: str | None
    referer: str | None
    cart_value: float | None
    context: dict[str, Any] | None
    external: dict[str, Any] | None
    visible_at: datetime
    evidence: str
    decidable: bool
    deleted: bool = False


@dataclass
class Feedback:
    """One Usersnap feedback. `person` and `company` are None for demo rows."""

    id: str
    number: int
    site: str
    person: str | None
    visit: str | None
    company: str | None
    created_at: datetime
    updated_at: datetime
    status: str
    priority: str | None
    email: str | None
    url: str | None
    place: Place | None
    device: Device | None
    inputs: list[tuple[str, Any]]
    """(label, value) in order; a text or a bool."""
    custom_data: Any
    labels: list[str]
    assignee: str | None
    """User id of an assignee."""
    has_screenshot: bool
    has_recording: bool
    is_demo: bool
    visible_at: datetime
    evidence: str
    decidable: bool
    deleted: bool = False


@dataclass
class Lead:
    """One person who asked to be contacted, by forms or known to the CRM already.

    `id` is how truth names them: lower-case e-mail address, else E.164 phone, else "first last".
    """

    id: str
    person: str
    company: str | None
    email: str | None
    first: str | None
    last: str | None
    phone: str | None
    company_name: str | None
    website: str | None
    submissions: list[tuple[str, int]]
    """(visit key, index of the event), oldest first."""
    first_asked_at: datetime
    evidence: str
    decidable: bool
    crm_id: str | None = None
    """Set when the CRM has the lead from before."""
    crm_status: str | None = None
    crm_created_at: datetime | None = None


@dataclass
class Reference:
    """What vendors hold besides facts: the same for all worlds of a seed."""

    segments: dict[str, str]
    """Snitcher: segment uuid -> name."""
    tags: list[str]
    buttons: list[dict[str, Any]]
    """SnapCall button rows, with `site` as the only key that the vendor does not show."""
    schedules: list[dict[str, Any]]
    agents: list[dict[str, Any]]
    """SnapCall agent rows, with `removed`: True for one that the API no longer has."""
    assignees: list[dict[str, str]]
    """Usersnap users: user_id, first_name, last_name, and `site` keys joined by a space."""
    labels: dict[str, str]
    """Usersnap: label identifier -> name."""
    event_names: dict[str, str]
    """Smartlook: definition id -> event name."""
    funnels: list[dict[str, Any]]
    """Smartlook: id, name, and `events` as a list of definition ids."""
