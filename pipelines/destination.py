"""Where an export goes: a URL, checked, and how it may be shown."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

EXAMPLES = "file:///srv/exports/leadpath, s3://bucket/leadpath or postgres://me@db.example/analytics"
FILE, S3, POSTGRES = "file", "s3", "postgres"


@dataclass(frozen=True)
class Destination:
    """A folder, a place in a bucket, or a Postgres database: `kind` is FILE, S3 or POSTGRES."""

    kind: str
    url: str = field(repr=False)
    """As it is given, with what is secret in it."""
    shown: str
    """Without password, keys and options."""

    @property
    def folder(self) -> Path:
        """The folder of a FILE."""
        return Path(unquote(urlsplit(self.url).path))

    def inside(self, name: str) -> "Destination":
        """A folder of this name in a folder or a bucket. Raises ValueError for a database."""
        if self.kind == POSTGRES:
            raise ValueError("a database has no folders")
        parts = urlsplit(self.url)
        return destination(urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}")))

    def redact(self, words: str) -> str:
        """Words of a library without what is secret in the URL."""
        parts = urlsplit(self.url)
        options = [value for name, value in parse_qsl(parts.query) if re.search("key|secret|password|token", name)]
        held = {parts.password, parts.username if self.kind == S3 else None, *options}
        words = words.replace(self.url, self.shown)
        for secret in {form for each in held if each for form in (each, unquote(each), quote(each, safe=""))}:
            words = words.replace(secret, "***")
        return words


def destination(url: str) -> Destination:
    """Check a URL. Raises ValueError, in whose words nothing of it stands: it may hold a password."""
    refusal = ValueError(f"it is no place for an export; write for example {EXAMPLES}")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        ports = parts.port != 0
    except ValueError:
        raise refusal from None
    if not re.fullmatch(r"[!-~]+", url) or parts.fragment or not ports:
        raise refusal
    if parts.scheme == FILE and not parts.netloc and not parts.query and len(Path(unquote(parts.path)).parts) > 1:
        return Destination(FILE, url, str(Path(unquote(parts.path))))
    if parts.scheme == S3 and host:
        return Destination(S3, url, f"s3://{host}{parts.path.rstrip('/')}")
    if parts.scheme in (POSTGRES, "postgresql") and len(parts.path) > 1 and "/" not in parts.path[1:]:
        return Destination(POSTGRES, url, _of_database(parts, host))
    raise refusal


def _of_database(parts: SplitResult, host: str) -> str:
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return f"postgres://{user}{host}{port}{parts.path}"
