"""What is read as an e-mail address, and whose: the spellings people and sites hand over."""

import re
import unicodedata
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.texts.addresses import HOST, read_address, read_contact

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

WRITTEN = [
    ("uma@birchwood.example", "uma@birchwood.example"),
    ("  Uma@Birchwood.Example \n", "uma@birchwood.example"),
    ("uma@birchwood.example.", "uma@birchwood.example"),
    ("uma@birchwood.example,", "uma@birchwood.example"),
    ("Vic Oak <vic@birchwood.example>", "vic@birchwood.example"),
    ('"Oak, Vic" <vic@birchwood.example>', "vic@birchwood.example"),
    ("vic@private.example <vic@birchwood.example>", "vic@birchwood.example"),
    ("a@x.example; b@x.example", "a@x.example"),
    ("a@x.example b@x.example", "a@x.example"),
    ("a@x.example/b@x.example", None),
    ("(wes@birchwood.example)", "wes@birchwood.example"),
    ("'yan@birchwood.example'", "yan@birchwood.example"),
    ("'yan@birchwood.example", "yan@birchwood.example"),
    ("“yan@birchwood.example”", "yan@birchwood.example"),
    ("mailto:xia@birchwood.example?subject=Demo", "xia@birchwood.example"),
    ("MAILTO:xia%40birchwood.example", "xia@birchwood.example"),
    ("mailto:xia@birchwood.example,b@x.example", "xia@birchwood.example"),
    ("xia%40birchwood.example", "xia@birchwood.example"),
    ("E-Mail: xia@birchwood.example", "xia@birchwood.example"),
    ("email:xia@birchwood.example", "xia@birchwood.example"),
    ("Write to xia@birchwood.example!", "xia@birchwood.example"),
    ("Vic &lt;vic@birchwood.example&gt;", "vic@birchwood.example"),
    ("vic&#64;birchwood.example", "vic@birchwood.example"),
    ("vic＠birchwood.example", "vic@birchwood.example"),
    ("vic@\u200bbirchwood.example\ufeff", "vic@birchwood.example"),
    ("vic@birchwood.example\xa0", "vic@birchwood.example"),
    ("o'neil+news@birchwood.example", "o'neil+news@birchwood.example"),
    ("r&d_42@sub-1.birchwood.co.example", "r&d_42@sub-1.birchwood.co.example"),
    ("re\u0301ne\u0301@galetx.example", "réné@galetx.example"),
    ("René@GALETX.example", "rené@galetx.example"),
    ("max@müllerx.example", "max@xn--mllerx-3ya.example"),
    ("max@mu\u0308llerx.example", "max@xn--mllerx-3ya.example"),
    ("max@XN--mllerx-3ya.example", "max@xn--mllerx-3ya.example"),
    ("info@例え.example。", "info@xn--r8jz45g.example"),
    ("-- jo@birchwood.example", "jo@birchwood.example"),
    ("*jo@birchwood.example*", "jo@birchwood.example"),
    # no addresses
    *[
        (text, None)
        for text in [
            *("", "@", "jo@", "@birchwood.example", "jo", "n/a", "jo@localhost", "jo@127.0.0.1", "jo@[127.0.0.1]"),
            *("jo@birch..example", "jo@.example", "jo@-birch.example", "jo@birch-.example", "jo@birch.e"),
            *("jo@birch.123", "jo..x@birch.example", ".jo.@birch.example", "jo@x@birch.example", "jo birch.example"),
            *("https://jo:pw@birch.example/", "//jo@birch.example", "jo@" + "a" * 64 + ".example"),
            *("j" * 65 + "@birch.example", "jo@" + ".".join(["a" * 50] * 5) + ".example", "jo@\ud800.example"),
            *("jo@my_shop.example", "{jo@birch", "%40", "a@b@c", "\x00", "jo@xn--.example-"),
        ]
    ],
]  # fmt: skip


@pytest.mark.parametrize(("text", "email"), WRITTEN)
def test_an_address_is_read_out_of_what_is_written_round_it(text: str, email: str | None) -> None:
    assert read_address(text) == email


MAILBOXES = st.from_regex(r"[a-zé0-9_][a-z0-9é_+-]{0,8}(?:\.[a-z0-9]{1,5}){0,2}", fullmatch=True)
HOSTS = st.from_regex(r"[a-z0-9ü](?:[a-z0-9ü]{0,8})(?:\.(?:example|co\.example|com))", fullmatch=True)
BEFORE = st.sampled_from(
    [
        "",
        " ",
        "<",
        "(",
        "'",
        '"',
        "Jo Roe <",
        "Roe, Jo <",
        "mailto:",
        "[",
        "\u200b",
        "\xa0",
        "* ",
        "e-mail: ",
        "“",
        "<mailto:",
    ]
)
AFTER = st.sampled_from(
    [
        "",
        " ",
        ">",
        ")",
        "'",
        '"',
        ".",
        ",",
        ";",
        "; b@other.example",
        ", b@other.example",
        "\u200b",
        "\n",
        " !",
        "”",
        ">.",
        "…",
    ]
)


@given(MAILBOXES, HOSTS, BEFORE, AFTER, st.sampled_from(get_args(Form)), st.booleans())
def test_decoration_and_form_change_nothing(
    mailbox: str, host: str, before: str, after: str, form: Form, is_upper: bool
) -> None:
    bare = read_address(f"{mailbox}@{host}")
    assert bare and bare.startswith(f"{mailbox}@")
    address = unicodedata.normalize(form, f"{mailbox}@{host}")

    assert read_address(before + (address.upper() if is_upper else address) + after) == bare


NOISE = st.text(alphabet=st.sampled_from("a@.x<>'\"()%40&;:,-/é＠ \u200b\xa0ßİ。"), max_size=30)


@given(st.one_of(st.text(), NOISE, st.emails(), st.emails().map("<{}>".format)))
def test_what_is_read_is_an_address_and_reads_as_itself(text: str) -> None:
    email = read_address(text)
    if email is None:
        return
    mailbox, host = email.split("@")

    assert HOST.fullmatch(host) and len(email) <= 254 and max(map(len, host.split("."))) <= 63
    assert re.fullmatch(r"[^\s<>()\[\]\\,;:\"@.]+(\.[^\s<>()\[\]\\,;:\"@.]+)*", mailbox)
    assert email == email.lower() == unicodedata.normalize("NFC", email)
    assert read_address(email) == email


@given(st.emails())
def test_every_common_address_is_one(address: str) -> None:
    if address[0] not in "'`" and "//" not in address:
        assert read_address(address) == address.lower()


@pytest.mark.parametrize(
    ("document", "email", "is_named"),
    [
        ('{"employee": "max@agency.example", "email": "rita@tide.example"}', "rita@tide.example", True),
        ('{"employee": "max@agency.example"}', None, False),
        ('{"escalation": "a@x.example", "executive": "b@x.example", "note": "c@x.example"}', "c@x.example", False),
        ('{"owner_email": "a@x.example", "E-Mail": "c@x.example"}', "c@x.example", True),
        ('{"agentEmail": "a@x.example", "supportEmail": "b@x.example"}', None, False),
        ('{"e": "Rita Roe <rita@tide.example>"}', "rita@tide.example", True),
        ('{"x": "a@x.example", "mail": "rita@tide.example"}', "rita@tide.example", True),
        ('{"user_email": "rita@tide.example"}', "rita@tide.example", True),
        ('{"Work e-mail address": "rita@tide.example"}', "rita@tide.example", True),
        ('{"email": "none", "reference": "rita@tide.example"}', "rita@tide.example", False),
        ('{"contact": {"email": "rita@tide.example"}, "page": "a@x.example"}', "rita@tide.example", True),
        ('{"agent": {"email": "max@agency.example"}}', None, False),
        ('[{"name": "email", "value": "rita@tide.example"}]', "rita@tide.example", True),
        ('[{"name": "agent", "value": "rita@tide.example"}]', None, False),
        ('{"n": 1, "b": true, "z": null, "l": ["rita@tide.example"]}', "rita@tide.example", False),
        ('{"email": "rita@tide.example', "rita@tide.example", True),
        ("rita@tide.example", "rita@tide.example", True),
        ("[rita@tide.example]", "rita@tide.example", True),
        ("{}", None, False),
    ],
)
def test_of_several_addresses_the_one_that_is_named_counts(document: str, email: str | None, is_named: bool) -> None:
    read = read_contact(document)

    assert read[0] == email
    assert email is None or read[1] is is_named
