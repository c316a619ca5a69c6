"""`import-leads` by the real command, on files as CRMs, spreadsheets and people leave them."""

import gzip
import re
import zipfile
from pathlib import Path

import pytest

from pipelines.leads.columns import FIELDS, meaning
from pipelines.leads.headers import HELD_NOWHERE, SYNONYMS
from pipelines.leads.import_file import read_leads
from tests.conftest import Cli

LEADS = "select id, email, phone from raw_snapcrm.leads order by id"


def imported(leadpath: Cli, text: str | bytes, *mapping: str, status: int = 0) -> str:
    """What is said about a file; where it is refused, in words, nothing is imported."""
    file = leadpath.data_dir.parent / "leads.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    maps = [part for each in mapping for part in ("--map", each)]
    said = leadpath("import-leads", str(file), "--no-build", *maps, status=status).stderr
    assert "Traceback" not in said and "bug" not in said
    assert ("Nothing was imported." in said) is (status == 2)
    return said


def test_a_time_that_nobody_could_have_meant_is_named_and_the_lead_stays(leadpath: Cli) -> None:
    early = ("0001-01-01T00:00:00+10:00", "0000-00-00 00:00:00", "1899-12-30", "1999-12-31T23:59:59Z", "-0044-03-15")
    late = ("9999-12-31T23:59:59-10:00", "10000-01-01", "2026-03-03T00:00:01Z", "9999-12-31")
    good = ("2000-01-01", "2026-03-02T23:59:59Z", "2026-03-03T08:00:00+09:00")
    rows = [f"{n:02},{time},\n" for n, time in enumerate((*early, *late, *good))]
    rows.append(f"99,,{early[0]}\n")
    text = "id,createdAt,Updated at\n" + "".join(rows)
    leadpath.env["LEADPATH_NOW"] = "2026-03-02T00:00:00Z"
    said = imported(leadpath, text)
    for line, time in enumerate((*early, *late), 2):
        reason = "before the year 2000" if time in early else "in the future"
        assert f"line {line}, column 2 (createdAt): '{time}' is {reason}; the lead stays without it." in said
    assert f"line 14, column 3 (Updated at): '{early[0]}' is before the year 2000" in said
    assert not [line for line in (11, 12, 13) if f"line {line}," in said]
    assert "13 leads in leads.csv: 13 new or changed." in said
    assert "5 values of raw_snapcrm.leads.created_at kept aside: before the year 2000" in said
    assert "4 values of raw_snapcrm.leads.created_at kept aside: in the future" in said
    known = leadpath.raw("select id, created_at is not null from raw_snapcrm.leads order by id")
    assert known == [(f"{n:02}", n > 8) for n in range(12)] + [("99", False)]
    held = leadpath.raw("select value from ops.quarantine where row_key = '[\"99\"]'")
    assert held == [(f'"{early[0]}"',)]
    assert "13 leads in leads.csv: 0 new or changed." in imported(leadpath, text)


ROUNDED = ("4.91701E11", "+4.91701E+11", '"4,91701E+11"', "4.91701e+11", "49E10", "4.91701E-05", "4.917012345E+11")
NO_PHONE = (
    *("abc", "0", "n/a", "-", "0000000", "12", "0.0", "#NAME?", "########", "-1121", "+999 1234567"),
    *("+49 170 1234567 / +49 30 123456", "12345678901234567890", "ext. 5"),
)
READ = {
    "491701000000.0": "491701000000",
    "+491701000000.00": "+491701000000",
    '"491701000000,0"': "491701000000",
    "4.91701234567E+11": "491701234567",
    '="030 1234567"': "030 1234567",
    "'+49 30 1234567": "+49 30 1234567",
    "\u202a+49 170 1234567\u202c": "+49 170 1234567",
    "+49 (0)30 123456-78": "+49 (0)30 123456-78",
    "1-800-FLOWERS": "1-800-FLOWERS",
    "0170 1234567 (mobile)": "0170 1234567 (mobile)",
    "+49 30 123456 Durchwahl 12": "+49 30 123456 Durchwahl 12",
}


def test_phones_that_a_spreadsheet_mangled_are_mended_or_named(leadpath: Cli) -> None:
    phones = (*ROUNDED, *NO_PHONE, *READ)
    text = "id,Telefon\n" + "".join(f"{n:02},{phone}\n" for n, phone in enumerate(phones))
    said = imported(leadpath, text, "Telefon=phone")
    for line, phone in enumerate(phones, 2):
        sentences = [each for each in said.splitlines() if re.match(rf"line {line}[:,]", each)]
        if phone in READ:
            assert sentences == []
        else:
            (sentence,) = sentences
            assert phone.strip('"') in sentence
            assert "column 2 (Telefon)" in sentence
            assert ("a number that Excel rounded" in sentence) is (phone in ROUNDED)
            assert "import the file again" in sentence
    lost = len(ROUNDED) + len(NO_PHONE)
    stored = [(f"{n:02}", None, None if n < lost else READ[phone]) for n, phone in enumerate(phones)]
    assert leadpath.raw(LEADS) == stored
    reasons = "select reason, count(*) from ops.quarantine where column_name = 'phone' group by reason order by reason"
    assert leadpath.raw(reasons) == [
        ("digits lost in a spreadsheet", len(ROUNDED)),
        ("not a phone number", len(NO_PHONE)),
    ]


def test_what_cannot_be_read_overwrites_nothing_and_tells_nobody_apart(leadpath: Cli) -> None:
    imported(leadpath, "id,phone,createdAt\n1,+49 30 1234567,2026-01-01\n")
    imported(leadpath, "id,phone,createdAt\n1,4.9301E+11,1899-12-30\n1,+49 (30) 1234567,\n")
    assert leadpath.raw("select phone, created_at::date::varchar from raw_snapcrm.leads") == [
        ("+49 (30) 1234567", "2026-01-01")
    ]
    said = imported(leadpath, "id,phone,company\n,abc,Acme\n,n/a,Bolt\n", status=2)
    assert "line 2: nothing tells who this lead is" in said and "cannot be read (phone 'abc')" in said
    assert "line 3: nothing tells who this lead is" in said and "cannot be read (phone 'n/a')" in said


# as exports name them: HubSpot, Salesforce, Pipedrive, Zoho, in six languages
EXPORTS = {
    "First Name;Last Name;Email address;Phone number;Company name;Job title;Website URL;Postal Code;Create Date": (
        ["firstName", "lastName", "email", "phone", "company", "", "website", "zipcode", "createdAt"]
    ),
    "Vorname;Nachname;E-Mail-Adresse;Telefonnummer;Firma;Straße;PLZ;Ort;Bundesland;Erstellt am;Zuletzt geändert am": (
        ["firstName", "lastName", "email", "phone", "company", "address", "zipcode", "city", "state", "createdAt",
         "updatedAt"]
    ),
    "Prénom;Nom;Courriel;Téléphone;Société;Site web;Rue;Code postal;Ville;Pays;Créé le;Source du lead": (
        ["firstName", "lastName", "email", "phone", "company", "website", "address", "zipcode", "city", "",
         "createdAt", "source"]
    ),
    "Voornaam;Achternaam;E-mailadres;Telefoonnummer;Bedrijfsnaam;Functietitel;Postcode;Plaats;Aanmaakdatum": (
        ["firstName", "lastName", "email", "phone", "company", "", "zipcode", "city", "createdAt"]
    ),
    "Nombre;Apellidos;Correo electrónico;Número de teléfono;Nombre de la empresa;Código postal;Ciudad;Creado el": (
        ["firstName", "lastName", "email", "phone", "company", "zipcode", "city", "createdAt"]
    ),
    "Nome;Cognome;Indirizzo e-mail;Numero di telefono;Azienda;Sito web;CAP;Città;Data di creazione;Stato del lead": (
        ["firstName", "lastName", "email", "phone", "company", "website", "zipcode", "city", "createdAt", "status"]
    ),
    "Person - First name;Person - Last name;Person - Email - Work;Person - Phone;Organization - Name;Lead created": (
        ["firstName", "lastName", "email", "phone", "company", "createdAt"]
    ),
    "Lead Source;LEAD STATUS;Organisation;E-Mail;Telefon;Mobile;Tag;Modified Time;Full Name;Kostenstelle": (
        ["source", "status", "company", "email", "phone", "", "tags", "updatedAt", "", ""]
    ),
}  # fmt: skip


@pytest.mark.parametrize(("header", "fields"), EXPORTS.items(), ids=lambda each: str(each)[:20])
def test_the_maps_that_are_advised_can_be_taken_as_they_stand(leadpath: Cli, header: str, fields: list[str]) -> None:
    values = {"email": "a@x.example", "phone": "+49 30 1234567", "createdAt": "2026-01-01", "updatedAt": "2026-01-01"}
    text = f"{header}\n{';'.join(values.get(field, 'Word') for field in fields)}\n"
    maps = re.findall(r'--map "([^"]*)"', imported(leadpath, text, status=2))
    advised = dict(each.rsplit("=", 1) for each in maps)
    taken = {"First Name": "firstName", "Last Name": "lastName", "E-Mail": "email"}
    assert [advised.get(name, taken.get(name)) for name in header.split(";")] == fields
    assert set(read_leads(leadpath.data_dir.parent / "leads.csv", maps).leads[0]) == {*fields} - {""}


def test_a_word_means_one_field() -> None:
    assert set(SYNONYMS) <= set(FIELDS)
    words = [header for headers in SYNONYMS.values() for header in headers]
    for name, headers in SYNONYMS.items():
        assert {header: meaning(header) for header in headers} == dict.fromkeys(headers, name)
    assert {meaning(header) for header in HELD_NOWHERE} == {""}
    assert not set(words) & set(HELD_NOWHERE)
    assert meaning("frist name") == "firstName"
    assert [meaning(header) for header in ("Street address 2", "Emailed", "Lead Owner Email", "Phone status")] == [
        None
    ] * 4
    assert [meaning(header) for header in ("Notizfeld", "Budget", "Estado", "Stato", "État", "#", "")] == [None] * 7


TWO = [("1", "a@x.example", None), ("2", "b@x.example", None)]


@pytest.mark.parametrize(
    "text",
    [
        '"sep=;"\r\nid;email\r\n1;a@x.example\r\n2;b@x.example\r\n',
        "SEP=;\nid;email\n1;a@x.example\n2;b@x.example\n",
        "\ufeffSep=|\nid|email\n1|a@x.example\n2|b@x.example\n",
        "sep=;\rid;email\r1;a@x.example\r2;b@x.example\r",
        '"SEP=,",\n"id","email"\n"1","a@x.example"\n"2","b@x.example"\n',
        "id,email\n1,a@x.example\n2,b@x.example\n".encode("utf-16-le"),
        "id,email,firstName\r\n1,a@x.example,Имя\r\n2,b@x.example,名前\r\n".encode("utf-16-be"),
        "id\temail\n1\ta@x.example\n2\tb@x.example\n".encode("utf-32"),
        "id,,email\n1,,a@x.example\n2, ,b@x.example\n",
        "id,, ,email,\n1,,,a@x.example\n2,,,b@x.example,,\n",
        "id,email,phone,company\n1,a@x.example\n2,b@x.example,,\n",
        f"id,email,address\n1,a@x.example,{'x' * 200_000}\n2,b@x.example,\n",
        "id;email\r1;a@x.example\r2;b@x.example",
        'id,email,"Zip\ncode",address\n1,a@x.example,,"a\r\nb, ""c"";"\n2,b@x.example,,\n',
        "id,email\n1,a@x.example\n2,b@x.example\n,\n\n  ,\t\n,,,,\n",
        "\n;;\nid;email\n1;a@x.example\n2;b@x.example\n",
        "\ufeff\ufeffid,\u200bE\u2011Mail\u00a0,First\u00a0Name\n1,a@x.example\u200b,\n\u20602,\u00a0b@x.example,\u200b\n",
        'id,email\n="1",a@x.example\n2,b@x.example\n',
    ],
)
def test_a_file_that_says_what_it_says_is_taken(leadpath: Cli, text: str | bytes) -> None:
    imported(leadpath, text)
    assert leadpath.raw(LEADS) == TWO


def test_a_file_with_a_header_alone_has_no_leads(leadpath: Cli) -> None:
    assert "0 leads in leads.csv: 0 new or changed." in imported(leadpath, "id,,email\n")


def workbook(folder: Path) -> bytes:
    file = folder / "book.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "it is an Excel workbook (XLSX), and no CSV file; open it, and save the sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "it is an Excel workbook (XLS), and no CSV file"),
        (gzip.compress(b"id,email\n", mtime=0), "it is compressed (GZIP), and no CSV file; unpack it"),
        (b"%PDF-1.7\n\0", "it is a PDF document, and no CSV file"),
        ("\ufeff\r\n<!DOCTYPE html>\n<html><body>Log in</body></html>", "it is an HTML page, and no CSV file"),
        ("<TABLE border=1><tr><td>id</td></tr></TABLE>", "it is an HTML page, and no CSV file"),
        ("<html><table><tr><td>id".encode("utf-16"), "it is an HTML page, and no CSV file"),
        ('<?xml version="1.0"?><Workbook/>', "it is an XML document, and no CSV file"),
        ('[{"id": 1, "email": "a@x.example"}]', "it is a JSON document, and no CSV file"),
        ("id,email\n1,a\0@x.example\n", "line 2: it is no text (it has zero bytes). Save it"),
        ("sep=;\n", "it is empty; the first line has to name the columns"),
        ("a@x.example,Ada\nb@x.example,Bo\n", "line 1: it reads like a lead (a@x.example) and does not name"),
        ("id,email\n1,a@x.example\n2;b@x.example\n", "line 3, column 1 (id): the whole line is one value"),
        ("email,email\na@x.example,b@x.example\n", "both hold email. Rename or delete one of the columns 1 and 2."),
        ("email,E-Mail,Phone,phone,PHONE\na@x.example\n", "Phone and phone and PHONE all hold phone. Rename"),
        ("email,E-Mail,Phone,phone,PHONE\na@x.example\n", 'both hold email. Leave one out with --map "E-Mail="'),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_is_refused_in_a_sentence(
    leadpath: Cli, tmp_path: Path, text: str | bytes | None, words: str
) -> None:
    said = imported(leadpath, workbook(tmp_path) if text is None else text, status=2)
    assert words in said
    assert len(said.splitlines()) == 1


def test_every_problem_is_named_at_once(leadpath: Cli) -> None:
    text = (
        "id,Vorname,,createdAt,updatedAt,phone\n"
        "1,Ada,x,soon,later,abc\n"
        '2,"Bo"b,,,,\n'
        "3,Cy,,2026-01-01,,,more\n"
        "4,Di,,0001-01-01T00:00:00+10:00,,\n"
        '5,"Ed,,,,\n'
    )
    said = imported(leadpath, text, "Telefon=phone", status=2)
    for words in (
        'line 1: Vorname is no field of a lead. Say what a column holds with --map "Vorname=firstName"',
        "column 3, which has no name, is no field of a lead",
        "--map names telefon, and no column is called so",
        "line 2, column 4 (createdAt): 'soon' is no time",
        "line 2, column 5 (updatedAt): 'later' is no time",
        "line 2, column 6 (phone): no phone number can be read in 'abc'",
        "line 3: ',' expected after '\"'",
        "line 4, column 7: 7 values where the header has 6",
        "line 5, column 4 (createdAt): '0001-01-01T00:00:00+10:00' is before the year 2000",
        "line 6: unexpected end of data (a quotation mark of this line is never closed",
    ):
        assert words in said
    said = imported(leadpath, "id,email\n1,a@x.example\n", "Vorname", "Name=vorname", "id=id", "ID=", status=2)
    assert 'write it as "Header=field"' in said
    assert "there is no field vorname" in said
    assert "another --map says something else of ID" in said
