"""Countries, their cities, and how their companies and telephone numbers are written."""

from dataclasses import dataclass

from sandbox.world.model import Place


@dataclass(frozen=True)
class Country:
    """A country of the worlds. Numbers are a prefix and how many digits follow it."""

    places: tuple[Place, ...]
    legal: tuple[str, ...]
    suffixes: tuple[str, ...]
    landline: tuple[str, int]
    mobile: tuple[str, int]


COUNTRIES: dict[str, Country] = {
    "DE": Country(
        (
            Place("DE", "Germany", "Berlin", "Berlin", 52.52, 13.405, "Europe/Berlin"),
            Place("DE", "Germany", "Nordrhein-Westfalen", "Düsseldorf", 51.2277, 6.7735, "Europe/Berlin"),
        ),
        ("GmbH", "AG", "GmbH & Co. KG"),
        ("de", "com"),
        ("+4930", 8),
        ("+49151", 8),
    ),
    "NL": Country(
        (
            Place("NL", "Netherlands", "Noord-Holland", "Amsterdam", 52.37, 4.89, "Europe/Amsterdam"),
            Place("NL", "Netherlands", "Zuid-Holland", "'s-Gravenhage", 52.08, 4.3, "Europe/Amsterdam"),
        ),
        ("BV", "B.V.", "N.V."),
        ("nl", "com"),
        ("+3120", 7),
        ("+316", 8),
    ),
    "GB": Country(
        (
            Place("GB", "United Kingdom", "England", "London", 51.5072, -0.1276, "Europe/London"),
            Place("GB", "United Kingdom", "England", "Stoke-on-Trent", 53.0027, -2.1794, "Europe/London"),
        ),
        ("Ltd", "PLC", "Limited"),
        ("co.uk", "com"),
        ("+44207", 7),
        ("+447400", 6),
    ),
    "FR": Country(
        (
            Place("FR", "France", "Île-de-France", "Paris", 48.8566, 2.3522, "Europe/Paris"),
            Place("FR", "France", "Auvergne-Rhône-Alpes", "Lyon", 45.764, 4.8357, "Europe/Paris"),
        ),
        ("SARL", "S.A.", "SAS"),
        ("fr", "com"),
        ("+3314", 7),
        ("+336", 8),
    ),
    "US": Country(
        (
            Place("US", "United States", "New York", "New York", 40.7128, -74.006, "America/New_York"),
            Place("US", "United States", "California", "San Francisco", 37.7749, -122.4194, "America/Los_Angeles"),
        ),
        ("Inc.", "LLC", "Corp."),
        ("com", "io"),
        ("+1212", 7),
        ("+1415", 7),
    ),
    "AU": Country(
        (Place("AU", "Australia", "New South Wales", "Sydney", -33.8688, 151.2093, "Australia/Sydney"),),
        ("Pty Ltd",),
        ("com.au",),
        ("+6129", 7),
        ("+614", 8),
    ),
    "ES": Country(
        (Place("ES", "Spain", "Comunidad de Madrid", "Madrid", 40.4168, -3.7038, "Europe/Madrid"),),
        ("S.L.", "S.A."),
        ("es", "com"),
        ("+3491", 7),
        ("+346", 8),
    ),
    "SE": Country(
        (Place("SE", "Sweden", "Västra Götaland", "Göteborg", 57.7089, 11.9746, "Europe/Stockholm"),),
        ("AB",),
        ("se",),
        ("+468", 8),
        ("+4670", 7),
    ),
    "BR": Country(
        (Place("BR", "Brazil", "São Paulo", "São Paulo", -23.5558, -46.6396, "America/Sao_Paulo"),),
        ("Ltda", "S.A."),
        ("com.br",),
        ("+55113", 7),
        ("+55119", 8),
    ),
    "NZ": Country(
        (Place("NZ", "New Zealand", "Auckland", "Auckland", -36.8509, 174.7645, "Pacific/Auckland"),),
        ("Ltd",),
        ("co.nz", "nz"),
        ("+649", 7),
        ("+6421", 7),
    ),
}

RENUMBERED = (
    (Place("BJ", "Benin", "Littoral", "Cotonou", 6.36, 2.42, "Africa/Porto-Novo"), "+2290197123", "+22997123"),
    (Place("CI", "Ivory Coast", "Abidjan", "Abidjan", 5.34, -4.03, "Africa/Abidjan"), "+2250707123", "+22507123"),
    (Place("MX", "Mexico", "México", "Ciudad de México", 19.43, -99.13, "America/Mexico_City"), "+52551234",
     "+521551234"),
    (Place("BR", "Brazil", "São Paulo", "São Paulo", -23.56, -46.64, "America/Sao_Paulo"), "+5511987654", "+551187654"),
)  # fmt: skip
"""Place, and without their last digits today's number and the same subscriber's before the country renumbered."""
