"""How a Hapi service with Joi reads parameters, and how it refuses them (snapcall.md, 3: "Reading the type words")."""

from datetime import UTC, datetime, timedelta

from sandbox.http.vendor import Answer, Refusal, Request

REASONS = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip


def boom(status: int, message: str) -> Answer:
    """An error as Hapi's Boom writes it."""
    return Answer(status, {"statusCode": status, "error": REASONS[status], "message": message})


def invalid(message: str) -> Answer:
    """A refused parameter."""
    return boom(400, message)


def number(name: str, text: str) -> int:
    """A whole number of the query or path, or Joi's refusal."""
    digits = text.removeprefix("-")
    if not digits.isdigit():
        raise Refusal(invalid(f'"{name}" must be a number'))
    return int(text)


def instant(request: Request, name: str) -> datetime | None:
    """Joi's date: ISO 8601 (a day is its midnight UTC) or epoch milliseconds."""
    text = request.arg(name)
    if text is None:
        return None
    if text.removeprefix("-").isdigit():
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(invalid(f'"{name}" must be a valid date')) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def alternatives(request: Request, name: str) -> set[str]:
    """One value or several: a repeated parameter or a comma between them."""
    return {part for value in request.query.get(name, []) for part in value.split(",") if part}
