"""Who there is: companies, the organisations that Snitcher makes of them, and the people who work there."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace

from sandbox.world.dirt import Dirt, Text
from sandbox.world.model import Company, Organisation, Person, Reference, Site
from sandbox.world.names import BUILDERS, DEVICES, FIRST, FREE_MAIL, HEADS, LAST, SIZES, SOCIAL, TAGS, TAILS, TRADES
from sandbox.world.places import COUNTRIES
from sandbox.world.text import ascii_letters

# what is special about companies, in an order in which groups (three of one switchboard, two of one name) stay together
SPECIAL = (
    "builder", "no_website", "switchboard", "switchboard", "switchboard", "second", "builder", "namesake", "namesake",
    "social", "subdomain", "quiet", "ghost", "builder", "moving", "quiet", "no_website", "subdomain",
)  # fmt: skip


def make_uuid(rng: random.Random) -> str:
    """A random version 4 uuid of this generator."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


class Cast:
    """Makes companies, organisations and people; holds them by key.

    A company's domain never equals another's; numbers are valid in the numbering plan of their country.
    """

    def __init__(self, seed: int, count: int, dirt: Dirt, sites: Sequence[Site], own_domains: list[str],
                 reference: Reference) -> None:  # fmt: skip
        self.rng = random.Random(f"{seed}/companies")
        self.text = Text(self.rng, dirt)
        self.dirt = dirt
        self.sites = sites
        self.reference = reference
        self.companies: dict[str, Company] = {}
        self.organisations: dict[str, Organisation] = {}
        self.people: dict[str, Person] = {}
        self.staff: dict[str, list[Person]] = {}
        self._names: set[tuple[str, str]] = set()
        self._numbers: set[str] = set()
        self.offices: dict[str, list[str]] = {}
        """Company key -> uuids of its organisations."""
        stems = [head + tail for head in HEADS for tail in TAILS]
        self.rng.shuffle(stems)
        self._stems = stems
        self._own(own_domains)
        special = -1
        for index in range(1, count + 1):
            kind = "regular"
            if self._is_special(index):
                special += 1
                kind = SPECIAL[special % len(SPECIAL)]
            self._company(index, kind)
        self._private_people(max(3, count // 8))

    def _is_special(self, index: int) -> bool:
        """Spread the special companies evenly over all of them."""
        share = self.dirt.special_companies
        return int(index * share) > int((index - 1) * share)

    def number(self, country: str, *, mobile: bool = False) -> str:
        """A valid E.164 number of a country that nobody has yet."""
        prefix, digits = COUNTRIES[country].mobile if mobile else COUNTRIES[country].landline
        while True:
            number = prefix + self.rng.choice("2345") + "".join(self.rng.choices("0123456789", k=digits - 1))
            if number not in self._numbers:
                self._numbers.add(number)
                return number

    def _own(self, own_domains: list[str]) -> None:
        place = COUNTRIES["NL"].places[0]
        own = Company("c0000", "Lumenport", "Lumenport BV", "own", own_domains, place, self.number("NL"), "Software",
                      "51-200", 2011, internal=True)  # fmt: skip
        self.add(own, website=f"https://www.{own_domains[0]}")
        for _ in range(4):
            self.person(own)

    def _stem(self, index: int) -> str:
        stem = self._stems[index % len(self._stems)]
        return stem if index < len(self._stems) else f"{stem}{index // len(self._stems) + 1}"

    def _company(self, index: int, kind: str) -> None:
        rng = self.rng
        stem = self._stem(index)
        country = rng.choice(tuple(COUNTRIES))
        places, legal, suffixes = COUNTRIES[country].places, COUNTRIES[country].legal, COUNTRIES[country].suffixes
        industry = rng.choice(tuple(TRADES))
        name = rng.choice((stem, f"{stem} {TRADES[industry]}"))
        phone = self.number(country)
        domain = f"{ascii_letters(name)}.{rng.choice(suffixes)}"
        website: str | None = None
        domains = [domain]
        match kind:
            case "builder":
                host = f"{stem.lower()}.{BUILDERS[index % len(BUILDERS)]}"
                domains, website = [host], f"https://{host}" + rng.choice(("", "/home", "/collections/all?page=1"))
            case "social":
                domains, website = [], rng.choice(SOCIAL).format(stem.lower())
            case "no_website":
                domains = []
            case "subdomain":
                website = f"http://{rng.choice(('shop', 'www.eu', 'careers'))}.{domain}/index.php?lang=en#top"
            case "switchboard" | "namesake":
                group = [each for each in self.companies.values() if each.kind == kind]
                size = 3 if kind == "switchboard" else 2
                if len(group) % size:
                    first = group[-(len(group) % size)]
                    if kind == "switchboard":
                        places, phone = (first.place,), str(first.phone)
                    else:
                        name = first.name
        company = Company(
            f"c{index:04}", name, f"{name} {rng.choice(legal)}", kind, domains, rng.choice(places), phone,
            self.text.maybe(industry), self.text.maybe(rng.choice(SIZES)), self.text.maybe(rng.randrange(1890, 2024)),
        )  # fmt: skip
        if kind not in ("social", "no_website") and website is None:
            website = rng.choice(("https://www.{}", "http://{}/", "{}", "https://www.{}/en/", "HTTPS://WWW.{}"))
            website = website.format(domain.upper() if website.isupper() else domain)
        self.add(company, website)
        if kind == "second":
            self._add_second(company)
        for _ in range(rng.choice((1, 2, 2, 3, 4, 6))):
            self.person(company)

    def add(self, company: Company, website: str | None) -> None:
        """Enter a company and, unless Snitcher never sees it, its organisation."""
        self.companies[company.key] = company
        self.staff[company.key] = []
        self.offices[company.key] = []
        if company.kind == "quiet":
            return
        rng, text, place = self.rng, self.text, company.place
        street = rng.choice(("Keizersgracht", "Main St.", "Rue de l'Église", "Königstraße", 'The "Old" Mill'))
        name = rng.choice((company.name, company.legal_name, company.legal_name.upper()))
        organisation = Organisation(
            uuid=make_uuid(rng), company=company.key, name=name, website=website,
            phone=self.written(company.phone, company), email=text.maybe(self.office_email(company)),
            size=company.size, industry=company.industry, founded=company.founded, place=place,
            street=text.maybe(street), street_number=text.maybe(str(rng.randrange(1, 300))),
            postal_code=text.maybe(f"{rng.randrange(1000, 99999)}"),
            logo=text.maybe(f"https://cdn.snitcher.example/{company.key}.png"),
            profiles=[] if text.missing() else [
                {"name": "LinkedIn", "handle": company.key, "url": f"https://www.linkedin.com/company/{company.key}"}
            ],
            tags=rng.sample(TAGS, rng.choice((0, 0, 0, 1, 2))),
            segments=rng.sample(tuple(self.reference.segments), rng.choice((0, 0, 1, 2))),
            listed=company.kind != "ghost", websites=[website] if website else [],
            extra={"intent_score": rng.randrange(100)} if text.chance(self.dirt.unknown) else {},
        )  # fmt: skip
        self.organisations[organisation.uuid] = organisation
        self.offices[company.key].append(organisation.uuid)

    def _add_second(self, company: Company) -> None:
        """A second organisation of the company: no website, but the same telephone number."""
        name = f"{company.name} Holding"
        first = self.organisations[self.offices[company.key][0]]
        organisation = replace(
            first, uuid=make_uuid(self.rng), name=name, website=None, websites=[], phone=company.phone, email=None,
            tags=[], segments=[], profiles=[],
        )  # fmt: skip
        first.phone = company.phone
        self.organisations[organisation.uuid] = organisation
        self.offices[company.key].append(organisation.uuid)

    def office_email(self, company: Company) -> str:
        """The general address of a company; a company without a domain of its own uses free mail."""
        if company.domains and company.kind != "builder":
            return f"info@{company.domains[0]}"
        return f"{ascii_letters(company.name)}.{company.key}@{FREE_MAIL[0]}"

    def written(self, phone: str | None, company: Company) -> str | None:
        """A number as somebody wrote it. National forms can be read by the country of the organisation."""
        if phone is None or company.kind == "second":
            return phone
        if self.text.missing() and company.kind != "switchboard":
            return self.rng.choice((None, ""))
        cut = 2 if phone.startswith("+1") else 3
        code, rest = phone[:cut], phone[cut:]
        forms = [phone, f"{code} {rest[:2]} {rest[2:5]} {rest[5:]}", f"{code}-{rest[:3]}-{rest[3:]}", f"tel: {phone}"]
        if company.place.country in ("DE", "NL", "GB", "FR", "SE", "NZ"):
            forms += [f"0{rest[:2]} / {rest[2:]}", f"00{code[1:]} {rest}", f"{code} (0){rest[:2]} {rest[2:]}"]
        return self.rng.choice(forms)

    def _name(self) -> tuple[str, str]:
        """A first and last name that nobody has yet; people of one name are planned where leads are."""
        name = self.rng.choice(FIRST), self.rng.choice(LAST)
        for more in (*self.rng.sample(LAST, 4), f"{len(self.people)}"):
            if name not in self._names:
                break
            name = name[0], f"{name[1]}-{more}"
        self._names.add(name)
        return name

    def person(self, company: Company | None, name: tuple[str, str] | None = None) -> Person:
        """Add a person. Employees mostly have an address of their company; others use free mail or give none."""
        rng, text = self.rng, self.text
        index = len(self.people)
        first, last = name or self._name()
        home = company.place if company else rng.choice(COUNTRIES[rng.choice(tuple(COUNTRIES))].places)
        own_domain = company.domains[-1 if company.internal else 0] if company and company.domains else None
        free = company is None or own_domain is None or company.kind == "builder" or text.chance(self.dirt.free_mail)
        user = f"{ascii_letters(first)}.{ascii_letters(last)}{index}"
        email = f"{user}@{rng.choice(FREE_MAIL) if free else own_domain}"
        if not free and text.chance(0.1):
            email = f"{user}@mail.{own_domain}"
        named = text.chance(0.15 if free else 0.85)
        uid = rng.choice((email, email, f"cust-{index}")) if named else rng.choice((None, f"cust-{index}"))
        properties = rng.choice((
            None, {}, [], [{"name": "plan", "value": text.odd("team")}], {"plan": "pro", "seats": 12},
        ))  # fmt: skip
        if named and uid != email:
            properties = rng.choice(({"email": email, "plan": "pro", "seats": 12}, [{"name": "email", "value": email}]))
        person = Person(
            key=f"p{index:05}", company=company.key if company else None, first=first, last=last, email=email,
            email_kind="free" if free else "corporate",
            phone=self.number(home.country, mobile=True) if text.chance(0.6) else None,
            place=home, device=rng.choices(DEVICES, (30, 12, 12, 12, 12, 14, 4, 4))[0],
            ip=f"203.0.113.{index % 250 + 1}", language=rng.choice(("en", "de", "nl", "fr", "en-GB")),
            uid=uid, properties=properties, identified=named,
            visitor_ids={site.key: f"vis_{rng.getrandbits(48):012x}" for site in self.sites},
        )  # fmt: skip
        self.people[person.key] = person
        if company:
            self.staff[company.key].append(person)
        return person

    def _private_people(self, count: int) -> None:
        for _ in range(count):
            self.person(None)
