"""The JWT that a client of Usersnap signs itself, and what a refused one may be due to."""

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import jwt

from sources.errors import SettingError
from sources.usersnap.settings import CLOCK_OFF, KEY_BYTES, TOKEN_BACKDATED, TOKEN_LIFE, TOKEN_RENEWED


@dataclass
class Signer:
    """Signs tokens with the real clock; one is used until shortly before it ends. Raises SettingError for a bad key."""

    key_id: str
    secret: str = field(repr=False)
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    def __post_init__(self) -> None:
        """Sign once, so that a secret that is no key shows before any request."""
        self.headers()

    def headers(self) -> Mapping[str, str]:
        """The headers that authenticate."""
        now = time.time()
        if not self._token or now >= self._until:
            issued = int(now - TOKEN_BACKDATED.total_seconds())
            ends = issued + int(TOKEN_LIFE.total_seconds())
            self._token = self._sign({"iat": issued, "exp": ends})
            self._until = ends - TOKEN_RENEWED.total_seconds()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Sign again at the next request."""
        self._token = ""

    def _sign(self, claims: Mapping[str, int]) -> str:
        try:
            with warnings.catch_warnings():
                # whether the vendor hands out short secrets is not known: a refusal names the length, see `explain`
                warnings.simplefilter("ignore", jwt.warnings.InsecureKeyLengthWarning)
                return jwt.encode(dict(claims), self.secret, algorithm="HS256", headers={"kid": self.key_id})
        except (jwt.PyJWTError, UnicodeError) as error:
            raise SettingError(
                "USERSNAP_JWT_SECRET is no shared secret: it cannot sign HS256 tokens."
                " Copy the JWT secret from Usersnap's settings, REST API; it is one line of text."
            ) from error

    def explain(self, headers: Mapping[str, str]) -> str:
        """Why a fresh token was refused, as far as the answer's headers and the secret tell."""
        reasons = [_clock(headers.get("Date", ""))]
        length = len(self.secret.encode("utf-8", "replace"))
        if length < KEY_BYTES:
            reasons.append(
                f"USERSNAP_JWT_SECRET has only {length} bytes, where HS256 wants at least {KEY_BYTES}: copy it whole."
            )
        reasons.append("Check USERSNAP_JWT_ID and USERSNAP_JWT_SECRET against Usersnap's settings, REST API.")
        return " ".join(reason for reason in reasons if reason)


def _clock(date: str) -> str:
    """A sentence when the server's clock and this machine's are apart; the server's comes with each answer."""
    try:
        ahead = time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return ""
    if abs(ahead) < CLOCK_OFF.total_seconds():
        return ""
    side = "ahead of" if ahead > 0 else "behind"
    return f"This machine's clock is {abs(ahead):.0f} s {side} the server's: set it, since tokens bear the time."
