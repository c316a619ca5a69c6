"""Who is taken for the same person: the rules one by one, and that the order does not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.leads.persons import People, Person, lead_row, phone_mark

MARKS = ("firstName", "lastName", "email", "phone", "company")


def person(*marks: str | None) -> Person:
    """First name, last name, e-mail, phone, company."""
    return Person.read(dict(zip(MARKS, marks, strict=False)))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Mira", "Jansen", "m@x.example"), ("M.", "J.", " M@X.example"), True),
        (("Mira", "Jansen", "m@x.example"), ("Mira", "Jansen", "m@y.example"), False),
        (("Mira", "Jansen", "m@x.example", "+31201234567"), ("Mira", "Jansen", "m@y.example", "+31201234567"), True),
        (("Mira", "Jansen", "m@x.example", "+31201234567"), ("Jo", "Smit", "j@x.example", "+31201234567"), False),
        (("Mira", "Jansen", None, "+31201234567"), ("M.", "JANSEN", "m@x.example", "020 123 45 67"), True),
        (("Mira", "Jansen", None, "+31201234567"), ("Jo", "Smit", "j@x.example", "+31201234567"), False),
        (("Mira", "Jansen", None, "+31201234567"), (None, None, None, "0031 20 1234567"), True),
        (("Mira", "Jansen", None, "+31201234567"), ("Mira", "Jansen", None, "+49301234567"), False),
        (("Mira", "Jansen", None, "+31201234567"), ("mira", " Jansen", "m@x.example"), True),
        (("Anna", "Maria Silva"), ("Anna Maria", "Silva"), True),
        (("Mira", "Jansen", None, None, "Acme"), ("Mira", "Jansen", None, None, "Contoso"), False),
        (("Mira", "Jansen", None, None, "Acme"), ("Mira", "Jansen", None, None, None), True),
        (("Mira", "Jansen", None, "+49 (0)30 1234567"), ("Mira", "Jansen", None, "+49 30 1234567"), True),
        ((), (), False),
    ],
)
def test_the_rules(one: tuple[str | None, ...], other: tuple[str | None, ...], same: bool) -> None:
    people = People()
    people.add(person(*one))
    assert (people.find(person(*other)) is not None) is same


SOME = st.tuples(
    st.sampled_from([None, "Mira", "Jo"]),
    st.sampled_from([None, "Jansen", "Smit"]),
    st.sampled_from([None, "a@x.example", "b@x.example"]),
    st.sampled_from([None, "+31201234567", "0201234567", "201234567", "+49301234567"]),
    st.sampled_from([None, "Acme", "Contoso"]),
)


@given(SOME, SOME)
def test_the_order_does_not_matter_and_everybody_is_found(
    one: tuple[str | None, ...], other: tuple[str | None, ...]
) -> None:
    first, second = person(*one), person(*other)
    assert first.is_same(second) == second.is_same(first)
    people = People()
    people.add(first)
    # the index finds whom the comparison would
    assert (people.find(second) is not None) == first.is_same(second)


def test_a_lead_has_a_stable_key() -> None:
    assert lead_row({"id": "clx1", "email": "a@x.example"}) == "clx1"
    assert lead_row({"email": "A@x.example", "status": "new"}) == lead_row({"email": " a@X.example"})
    assert lead_row({"email": "a@x.example"}) != lead_row({"email": "b@x.example"})


@pytest.mark.parametrize("text", [None, "", "ext.", "000"])
def test_no_digits_are_no_number(text: str | None) -> None:
    assert phone_mark(text) is None
