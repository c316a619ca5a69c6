"""The vocabulary of the worlds: invented companies and people in real countries, and the odd text of real data."""

from sandbox.world.model import Device

HEADS = (
    "Vel", "Bran", "Cor", "Dru", "Esk", "Fal", "Gry", "Hol", "Ivo", "Jor", "Kel", "Lum", "Mar", "Nor", "Osk", "Pel",
    "Quil", "Ros", "Sten", "Tor", "Ulm", "Var", "Wex", "Yar", "Zel", "Aker", "Bel", "Cald", "Dorn", "Elm",
)  # fmt: skip
TAILS = (
    "mora", "vik", "dane", "tess", "lund", "bria", "cott", "fen", "gard", "hart", "isto", "jala", "kora", "linn",
    "mont", "nexa", "ora", "pont", "quist", "rell", "sund", "trix", "una", "vance", "worth", "yard",
)  # fmt: skip
TRADES = {
    "Software": "Systems", "Logistics": "Logistics", "Food & Beverages": "Foods", "Banking": "Finance",
    "Construction": "Bau", "Higher Education": "Academy", "Machinery": "Works", "Retail": "Stores",
}  # fmt: skip
SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "51-200 employees", "10001+")

FIRST = (
    "Anna", "Bram", "Chloé", "Dörte", "Emeka", "Fatima", "Gül", "Hiro", "Inés", "Jürgen", "Katarzyna", "Liam", "Mira",
    "Noor", "Olumide", "Priya", "Quentin", "Rosa", "Søren", "Tatiana", "Umar", "Věra", "Wei", "Xavi", "Yara", "Zoë",
)  # fmt: skip
LAST = (
    "Jansen", "Müller", "O'Neill", "García López", "Dubois", "van der Berg", "Smith-Jones", "Kowalski", "Nguyễn",
    "Öztürk", "Rossi", "Andersson", "D'Angelo", "Becker", "Silva", "Tanaka", "Novák", "MacLeod", "Haddad", "Okafor",
)  # fmt: skip
FREE_MAIL = ("gmail.com", "gmx.de", "outlook.com", "yahoo.co.uk", "hotmail.com", "web.de", "orange.fr", "icloud.com")
BUILDERS = ("myshopify.com", "myshopify.com", "wixsite.com")
SOCIAL = ("https://www.linkedin.com/company/{}", "https://www.facebook.com/{}", "https://instagram.com/{}/")
TAGS = ("Customer", "Hot lead", "Partner", 'Said "maybe"', "Café ☕", "🔥", "Competitor; do not call")
SEGMENTS = ("Hot leads", "Enterprise 🏢", "Visited pricing > 2×", "Kunden, Bestand")

# text as people type it: quotes, newlines, emoji, right-to-left, combining characters, markup, CSV and SQL fragments
ODD_TEXTS = (
    'He said "great", then left',
    "first line\nsecond line\r\nthird\twith a tab",
    "👩‍👩‍👧‍👦 family of 4 🇳🇱 👍🏽",
    "שלום עולם, مرحبا بالعالم",
    "Z\u0351\u036ba\u0300l\u0323g\u030ao and A\u030angstro\u0308m",
    "it's 100 % 'quoted' \\ and; semi, comma",
    "<script>alert('x')</script> & &amp;",
    "=HYPERLINK(\"https://shop.example\",\"x\")",
    "  leading and trailing blanks  ",
    "'; DROP TABLE leads; --",
    "日本語のフィードバック。とても良い！",
    "zero\u200bwidth and nbsp\u00a0here",
)  # fmt: skip

DEVICES = (
    Device("Chrome", "126.0", "Windows", "11", "desktop", 1920, 1080,
           "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
           "Gecko) Chrome/126.0.0.0 Safari/537.36"),
    Device("Firefox", "127.0", "macOS", "14", "desktop", 1728, 1117,
           "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0"),
    Device("Safari", "17.4", "macOS", "14", "desktop", 1440, 900,
           "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
           "(KHTML, like Gecko) Version/17.4 Safari/605.1.15"),
    Device("Edge", "125.0", "Windows", "10", "desktop", 1366, 768,
           "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
           "Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0"),
    Device("Safari", "17.5", "iOS", "17", "mobile", 390, 844,
           "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
           "AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"),
    Device("Chrome", "126.0", "Android", "14", "mobile", 412, 915,
           "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"),
    Device("Samsung Internet", "25.0", "Android", "13", "tablet", 800, 1280,
           "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 "
           "SamsungBrowser/25.0 Chrome/121.0.0.0 Safari/537.36"),
    Device("Opera", "110.0", "Linux", "", "desktop", 2560, 1440,
           "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0"),
)  # fmt: skip

# page -> the pages that a visit may go on to; forms stand on /demo, /kontakt, /contact, /newsletter and /support
PAGES = (
    "/", "/pricing", "/product", "/product/api", "/blog/how-to-choose", "/blog/émission-zéro", "/customers",
    "/careers", "/security", "/docs/start", "/demo", "/contact",
)  # fmt: skip
# channel -> referrers and query of the landing page
CHANNELS = (
    (None, ""),
    ("https://www.google.com/", ""),
    ("https://duckduckgo.com/", ""),
    ("https://www.google.com/", "utm_source=google&utm_medium=cpc&utm_campaign=spring%20sale&gclid=Cj0"),
    ("https://www.linkedin.com/", "utm_source=linkedin&utm_medium=paid_social&utm_campaign=launch"),
    ("https://t.co/x", ""),
    (None, "utm_source=newsletter&utm_medium=email&utm_campaign=2026-02"),
    ("https://news.partner.example/article?id=7", ""),
    ("android-app://com.google.android.gm/", ""),
    ("", ""),
)

# what sandbox.oddities plants; {} is a name of the company's, an address or a host
PLATFORMS = ("gitlab.com", "ebay.com", "amazon.com")
PLATFORM_PAGES = ("https://www.ebay.com/str/{}", "https://facebook.com/{}", "https://www.linkedin.com/company/{}/about")
CUSTOMERS = ("gitlab.io", "myshopify.com", "github.io")
TENANTS = ("onmicrosoft.com", "atlassian.net", "zendesk.com")
FORWARDERS = ("duck.com", "privaterelay.appleid.com", "aleeas.com", "mailinator.com", "users.noreply.github.com")
ADDRESSES = (
    "{}", "Jo Roe <{}>", "({})", "mailto:{}?subject=Demo", "{}.", "'{}'", "<{}>", "{}; jo@elsewhere.example", "{},",
)  # fmt: skip
WEBSITES = ("http://https://{}/", "https//{}", "https://{}:443/en", "https://jo:secret@www.{}/", "HTTPS://WWW.{}.")
WITHHELD = ("7378742833", "2562533", "8656696", "266696687", "86282452253")
"""What telephone networks send instead of a number: RESTRICTED, BLOCKED and the like on the keys of a telephone."""
SERVICES = ("1800253{:04}", "44800496{:04}", "31800{:04}")


def browser_word(device: Device, vendor: str) -> str:
    """How a vendor writes a browser family: the same family is not the same word everywhere."""
    family = device.browser
    if vendor == "snitcher":
        if device.kind == "mobile":
            return {"Chrome": "Chrome Mobile", "Safari": "Mobile Safari"}.get(family, family)
        return {"Edge": "Microsoft Edge"}.get(family, family)
    if vendor == "snapcall":
        return f"{family} {device.version.split('.')[0]}"
    return family
