"""How Usersnap checks the JWT that a client signs itself (sheet, section 2)."""

from dataclasses import dataclass

import jwt


class BadToken(ValueError):
    """The token is refused; the message says why, for tests and people, the vendor's answer does not."""


@dataclass(frozen=True)
class TokenRules:
    """What the documents leave open about claims.

    Attributes:
        leeway: Seconds by which `iat` may lie in the future, and `exp` in the past.
        required: Claims that must be there; the vendor's guide demands none.
        max_age: Longest time between `iat` and now, in seconds; None for any.
    """

    leeway: float = 0
    required: tuple[str, ...] = ()
    max_age: float | None = None


def check_token(token: str, *, key_id: str, secret: str, now: float, rules: TokenRules) -> None:
    """Verify a JWT: algorithm HS256 and nothing else, `kid` equal to the JWT ID, signature, `exp` and `iat`.

    Args:
        token: The compact form, without `Bearer`.
        key_id: The JWT ID of the account.
        secret: The shared secret.
        now: The server's clock, seconds since the epoch.
        rules: The switches about claims.

    Raises:
        BadToken: The token is not one that this account signed, or not now.
    """
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "HS256":
            raise BadToken(f"algorithm {header.get('alg')} is not HS256")
        if header.get("kid") != key_id:
            raise BadToken("kid is not the JWT ID of this account")
        # PyJWT compares times with the machine's clock; ours may be off by a switch, so they are compared below
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
    except jwt.PyJWTError as error:
        raise BadToken(str(error)) from error
    for name in rules.required:
        if name not in claims:
            raise BadToken(f"claim {name} is missing")
    issued, expires = _seconds(claims, "iat"), _seconds(claims, "exp")
    if issued is not None and issued > now + rules.leeway:
        raise BadToken("iat lies in the future")
    if expires is not None and expires <= now - rules.leeway:
        raise BadToken("exp has passed")
    if rules.max_age is not None and issued is not None and now - issued > rules.max_age:
        raise BadToken("iat is too long ago")


def _seconds(claims: dict[str, object], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(f"claim {name} is not a number")
    return float(value)
