"""Who is named by a text: every spelling of an address, a number or a domain, and nobody else."""

import pytest

from pipelines.texts.marks import DOMAIN, EMAIL, PHONE, Mark, digests_of, marks_in

JANE, NUMBER, ACME = Mark(EMAIL, "jane@acme.com"), Mark(PHONE, "+491701234567"), Mark(DOMAIN, "acme.com")


@pytest.mark.parametrize(
    "text",
    [
        "jane@acme.com",
        " Jane@ACME.com ",
        "mail to <mailto:jane%40acme.com>, please",
        "https://x.example/?email=jane%2540acme.com&x=1",
        "https://x.example/jane@acme.com/#top",
        '{"a": [{"name": "E-Mail", "value": "JANE\\u0040acme.com"}]}',
        '"{\\"email\\": \\"jane@acme.com\\"}"',
        "&#106;ane&commat;acme.com",
        "ｊａｎｅ＠ａｃｍｅ．ｃｏｍ",
        "'jane@acme.com'",
        "Jane <jane@acme.com>; Joe <joe@acme.com>",
        "ja\u200bne@acme.com",
    ],
)
def test_an_address_is_read_in_every_spelling(text: str) -> None:
    assert JANE in marks_in(text, (EMAIL,))
    assert ACME in marks_in(text, (DOMAIN,))


@pytest.mark.parametrize(
    "text",
    ["mary.jane@acme.com", "o'jane@acme.com", "jane@acme.com.au", "jane@acme.community", "jane+x@acme.com", "acme.com"],
)
def test_an_address_that_holds_another_one_is_somebody_elses(text: str) -> None:
    assert JANE not in marks_in(text, (EMAIL,))


@pytest.mark.parametrize("text", ["www.acme.com.", "HTTPS://SHOP.Acme.COM:443/x", "mary@mail.acme.com", "acme%2Ecom"])
def test_a_domain_is_read_in_hosts_and_addresses(text: str) -> None:
    assert ACME in marks_in(text, (DOMAIN,))


@pytest.mark.parametrize("text", ["acme.com.au", "notacme.com", "my-acme.com", "acme.community", "acme", "acme com"])
def test_another_domain_is_another_company(text: str) -> None:
    assert ACME not in marks_in(text, (DOMAIN,))


@pytest.mark.parametrize(
    "text",
    [
        *("+49 170 1234567", "0049-170-1234567", "491701234567", "0170/1234567", "1701234567", "(0170) 123 45 67"),
        *("call +49 (0)170 12345-67 today", '{"phone": 491701234567}', "tel:+491701234567", "x=%2B49%20170%201234567"),
    ],
)
def test_a_number_is_read_as_people_and_vendors_write_it(text: str) -> None:
    assert NUMBER in marks_in(text, (PHONE,), ["DE"])


@pytest.mark.parametrize(
    "text",
    [
        *("+49 170 12345678", "2026-03-01T10:00:00Z", "17012345678901", "550e8400-e29b-41d4-a716-491701234567"),
        *("+1 170 123 4567", "", "0" * 10_000, "1-" * 10_000, "a." * 10_000, "@" * 10_000),
    ],
)
def test_other_digits_are_not_the_number_and_hostile_texts_end(text: str) -> None:
    assert NUMBER not in marks_in(text, (PHONE, EMAIL, DOMAIN), ["DE"])


def test_a_picture_is_known_by_the_hash_of_its_address() -> None:
    (md5, _) = sorted(digests_of("jane@acme.com"), key=lambda mark: len(mark.value))
    assert md5 in marks_in(f"https://gravatar.example/avatar/{md5.value}?s=80", (md5.kind,))
