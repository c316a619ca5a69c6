"""Telephone numbers as networks, vendors and people write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.texts.phones import KEYS, WITHHELD, read_phone


@pytest.mark.parametrize(
    ("text", "region"),
    [(code, region) for code in sorted(WITHHELD) for region in ("US", "DE", "ZZ")]
    + [(f"1{code}", "US") for code in sorted(WITHHELD)]
    + [
        ("+17378742833", "US"),
        ("737-874-2833", "US"),
        ("anonymous", "US"),
        ("0", "US"),
        ("000000", "DE"),
        ("112", "DE"),
    ],
)
def test_a_withheld_number_is_none(text: str, region: str) -> None:
    phone = read_phone(text, region)
    assert (phone.e164, phone.is_personal) == (None, False)


def test_the_codes_are_what_the_words_spell_on_a_telephone() -> None:
    assert len(KEYS) == 26
    assert {"7378742833", "2562533", "8656696", "266696687", "86282452253"} <= WITHHELD


@pytest.mark.parametrize(
    ("old", "region", "today"),
    [
        ("+52 1 55 1234 5678", "ZZ", "+525512345678"),
        ("5215512345678", "ZZ", "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("045 81 1234 5678", "MX", "+528112345678"),
        ("+229 97 12 34 56", "ZZ", "+2290197123456"),
        ("97123456", "BJ", "+2290197123456"),
        ("+225 01 12 34 56", "ZZ", "+2250101123456"),
        ("+225 05 06 07 08", "ZZ", "+2250505060708"),
        ("+225 07 12 34 56", "ZZ", "+2250707123456"),
        ("+225 20 21 22 23", "ZZ", "+2252720212223"),
        ("+55 11 8765 4321", "ZZ", "+5511987654321"),
        ("(21) 9876-5432", "BR", "+5521998765432"),
        ("+84 121 234 5678", "ZZ", "+84792345678"),
        # valid as they are
        ("+52 55 1234 5678", "ZZ", "+525512345678"),
        ("+229 01 97 12 34 56", "ZZ", "+2290197123456"),
        ("+55 11 3456 7890", "ZZ", "+551134567890"),
        ("+55 11 98765 4321", "ZZ", "+5511987654321"),
    ],
)
def test_a_number_of_an_older_plan_is_read_as_the_same_subscriber_s_of_today(old: str, region: str, today: str) -> None:
    assert read_phone(old, region).e164 == today


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        *[("+49 40 5566770 ext. 12", "12"), ("040 5566770 x34", "34"), ("+49 40 5566770 Durchwahl 12", "12")],
        *[("+49 40 5566770;ext=7", "7"), ("+49 40 5566770, DW 99", "99"), ("+49 40 5566770", None)],
    ],
)
def test_an_extension_stands_beside_its_number(text: str, extension: str | None) -> None:
    phone = read_phone(text, "DE")
    assert (phone.e164, phone.extension, phone.is_personal) == ("+49405566770", extension, True)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+1 800 253 0000", "US"),
        ("0800 1234567", "DE"),
        ("0900 1 123456", "DE"),
        ("+1 202 555 0123", "US"),
        ("0845 46 47", "GB"),
    ],
)
def test_from_a_service_nobody_calls(text: str, region: str) -> None:
    assert not read_phone(text, region).is_personal


EXAMPLES = [
    (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), region)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (number := phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)) is not None
]


@given(example=st.sampled_from(EXAMPLES), region=st.sampled_from(["ZZ", "US", "DE", "MX"]))
def test_a_valid_number_stays_what_it_is(example: tuple[str, str], region: str) -> None:
    number, _ = example
    assert read_phone(number, region).e164 == number
    assert read_phone("00" + number[1:], "ZZ").e164 == number


@given(st.text(max_size=30), st.sampled_from(["ZZ", "US", "DE", "BJ"]))
def test_any_text_is_a_valid_number_or_none(text: str, region: str) -> None:
    found = read_phone(text, region).e164
    assert found is None or phonenumbers.is_valid_number(phonenumbers.parse(found))
