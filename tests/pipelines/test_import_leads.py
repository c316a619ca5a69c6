"""`import-leads` by the real command: what a file may look like, and that a wrong one changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.leads.delimited import FileError
from pipelines.leads.import_file import read_leads
from sandbox import Sandbox
from tests.conftest import Cli
from tests.pipelines.published import lead, publish_leads

GERMAN = ("--map", "Vorname=firstName", "--map", "Nachname=lastName", "--map", "Notiz=")


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "leads.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def everything(leadpath: Cli) -> list[tuple[Any, ...]]:
    return leadpath.raw("select * from raw_snapcrm.leads order by lead_row")


def test_an_export_is_loaded_once_and_a_later_one_changes_what_differs(leadpath: Cli, tmp_path: Path) -> None:
    text = (
        "\ufeffid;Vorname;Nachname;E-Mail;phone;status;createdAt;Notiz\r\n"
        'clx1;Mira;Jansen;Mira@F.example;+31 20 000 0000;new;2026-02-01T10:00:00+01:00;"a; b"\r\n'
        ';Jo;"de ""la"" Smit";;;won;2026-02-02;\r\n'
        "\r\n"
        ';;;ana@contoso.example;;;;"two\nlines"\r\n'
    )
    file = written(tmp_path, text)
    said = leadpath("import-leads", str(file), "--no-build", *GERMAN).stderr
    assert "3 leads in leads.csv: 3 new or changed." in said
    columns = "id, first_name, last_name, email, phone, status, created_at::varchar, known_from"
    assert leadpath.raw(f"select {columns} from raw_snapcrm.leads order by first_name nulls last") == [
        (None, "Jo", 'de "la" Smit', None, None, "won", "2026-02-02 00:00:00+00", "import"),
        ("clx1", "Mira", "Jansen", "Mira@F.example", "+31 20 000 0000", "new", "2026-02-01 09:00:00+00", "import"),
        (None, None, None, "ana@contoso.example", None, None, None, "import"),
    ]  # fmt: skip
    before = everything(leadpath)
    assert "0 new or changed" in leadpath("import-leads", str(file), "--no-build", *GERMAN).stderr
    assert everything(leadpath) == before

    later = written(tmp_path, "id,status,updatedAt\nclx1,won,2026-03-01T00:00:00Z\n")
    assert "1 new or changed" in leadpath("import-leads", str(later), "--no-build").stderr
    kept = "select first_name, status, known_from, _extra ->> 'updatedAt' from raw_snapcrm.leads where id = 'clx1'"
    assert leadpath.raw(kept) == [("Mira", "won", "import", "2026-03-01T00:00:00+00:00")]
    assert len(everything(leadpath)) == 3


def test_who_was_imported_is_not_pushed_and_who_was_pushed_stays_ours(
    leadpath: Cli, make_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    file = written(
        tmp_path, "id,firstName,lastName,email,phone\nclx1,Mira,Jansen,,020 123 45 67\nclx2,,,JO@x.example,\n"
    )
    leadpath("import-leads", str(file), "--no-build")
    publish_leads(
        leadpath.data_dir,
        [
            lead("a", "M. Jansen", "mira@fabrikam.example", phone="+31201234567"),
            lead("b", "Jo Smit", "jo@x.example"),
            lead("c", "Ana Silva", "ana@x.example"),
        ],
    )
    said = leadpath("push-leads", "--yes", "--no-build", sandbox=sandbox, only=("snapcrm",))
    assert "1 created, 2 not sent" in said.stderr
    assert "in SnapCRM already: imported as clx1" in said.stdout
    (created,) = leadpath.raw("select id from raw_snapcrm.leads where known_from = 'crm'")[0]
    again = written(tmp_path, f"id,firstName,lastName,email,status\n{created},Ana,Silva,ana@x.example,won\n")
    leadpath("import-leads", str(again), "--no-build")
    assert leadpath.raw(f"select known_from, status from raw_snapcrm.leads where id = '{created}'") == [("crm", "won")]


def test_a_wrong_file_changes_nothing_and_says_where(leadpath: Cli, tmp_path: Path) -> None:
    file = written(tmp_path, "id,email,createdAt\nclx1,a@x.example,2026-02-01\nclx2,b@x.example,yesterday\n")
    said = leadpath("import-leads", str(file), status=2).stderr
    assert f"{file}, line 3, column 3 (createdAt): 'yesterday' is no time" in said
    assert "Nothing was imported" in said
    assert everything(leadpath) == []
    assert leadpath.raw("select * from ops.runs where command like '%import%'") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("email\na@x.example\nb@x.example,more\n", "line 3, column 2: 2 values where the header has 1"),
        ('email,phone\n"a@x.example,1\n', "line 2: unexpected end of data"),
        ('email,phone\na@x.example,"1"2\n', "line 2: "),
        ("email,Vorname\na@x.example,Ada\n", 'line 1: Vorname is no field of a lead. Say'),
        ("email,Vorname,Notiz\na@x.example,Ada,\n", 'line 1: Vorname, Notiz are no fields of a lead. Say'),
        ("email,frist name\na@x.example,Ada\n", '--map "frist name=firstName"'),
        ("email,,phone\na@x.example,Ada,1\n", "column 2, which has no name, is no field of a lead. Give it a name"),
        ("email,E-Mail\na@x.example,b\n", "line 1: email and E-Mail both hold email"),
        ("company,city\nAcme,Bonn\n", "line 1: no column tells who a lead is"),
        ("email,company\n,Acme\n", "line 2: nothing tells who this lead is"),
        ("id,email\nclx1,a@x.example\nclx1,b@x.example\n", "line 3: it is the same lead as line 2 with another email"),
        ("email,company\n\"a\nb\",x\nc,d,e\n", "line 4, column 3"),
        (b"email,company\na@x.example,Caf\x81\n", "line 2, byte 16: it is neither UTF-8 nor Windows-1252 text"),
        (b"email\0company\n", "it is no text (it has zero bytes)"),
        (
            "id,email,createdAt\n1,a@x.example,soon\n2,b@x.example,\n3,,later\n,,\n4,c@x.example,2026-01-01,x\n",
            "line 2, column 3 (createdAt): 'soon' is no time (write it as 2026-08-31T12:00:00Z or 2026-08-31);"
            " line 4, column 3 (createdAt): 'later' is no time (write it as 2026-08-31T12:00:00Z or 2026-08-31);"
            " line 6, column 4: 4 values where the header has 3",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_line_and_column(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(FileError) as raised:
        read_leads(written(tmp_path, text))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("Vorname", 'write it as "Header=field"'),
        ("Vorname=vorname", "there is no field vorname"),
        ("Telefon=phone", "--map names telefon, and no column is called so"),
    ],
)
def test_a_wrong_map_is_named(tmp_path: Path, mapping: str, words: str) -> None:
    with pytest.raises(FileError) as raised:
        read_leads(written(tmp_path, "email,Vorname\na@x.example,Ada\n"), ["Vorname=firstName", mapping])
    assert words in str(raised.value)


def test_headers_may_be_spelled_as_people_do_and_blank_cells_are_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, "First Name,last_name,E-Mail,Created At,ZIP code\nAda, One ,a@x.example,,\n")
    assert read_leads(file).leads == [{"firstName": "Ada", "lastName": "One", "email": "a@x.example"}]
    assert read_leads(written(tmp_path, "email\n")).leads == []


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("tail", ["", "{0}", "{0}{0}"])
@pytest.mark.parametrize("stated", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_as_excel_and_crms_write_it(
    tmp_path: Path, separator: str, tail: str, stated: bool, encoding: str
) -> None:
    lines = [["id", "First Name", "Last Name", "Email"], ["7", "Zoë", "Öz", "zoe@x.example"]]
    text = "".join(separator.join(cells) + tail.format(separator) + "\r\n" for cells in lines)
    text = (f"sep={separator}\r\n" if stated else "") + text
    found = read_leads(written(tmp_path, text.encode(encoding)))
    assert found.leads == [{"id": "7", "firstName": "Zoë", "lastName": "Öz", "email": "zoe@x.example"}]
    assert bool(found.notes) == (encoding in ("utf-16", "cp1252"))


def test_an_address_in_another_case_is_the_same_lead(tmp_path: Path) -> None:
    found = read_leads(written(tmp_path, "id,email,phone\n1,Kim@X.example,\n1,kim@x.example,+31 20 555 1234\n"))
    assert found.leads == [{"id": "1", "email": "Kim@X.example", "phone": "+31 20 555 1234"}]
    assert found.notes == ["line 3: the same lead as line 2."]


def test_what_cannot_be_read_of_a_lead_is_said_and_the_lead_stays(leadpath: Cli, tmp_path: Path) -> None:
    rows = "1,a@x.example,4.91701E+11,1899-12-30\n2,uma at birchwood,+31 20 555 1234,9999-12-31\n"
    file = written(tmp_path, f"id,email,phone,createdAt\n{rows}")
    said = leadpath("import-leads", str(file), "--no-build").stderr
    assert "line 2: 4.91701E+11 is a number that Excel rounded; the lead stays without it." in said
    assert "line 3: no address can be read in 'uma at birchwood'; it is kept as it is typed." in said
    assert "1 value of raw_snapcrm.leads.created_at kept aside: before the year 2000" in said
    assert "1 value of raw_snapcrm.leads.created_at kept aside: in the future" in said
    assert leadpath.raw("select id, email, phone, created_at from raw_snapcrm.leads order by id") == [
        ("1", "a@x.example", None, None),
        ("2", "uma at birchwood", "+31 20 555 1234", None),
    ]
