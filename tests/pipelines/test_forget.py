"""`forget` by the real command: nothing of a person stays or comes back, and everybody else is as before."""

import hmac
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.build.dictionary import described
from pipelines.build.masking import KINDS, mask
from tests.conftest import Cli, synced
from tests.pipelines.home import Home

TABLES = "select schema_name || '.' || table_name from duckdb_tables() where not internal order by 1"
VENDORS = ("snitcher", "snapcall", "usersnap", "snapcrm")
EVERYTHING = ("snitcher", "--from", "2026-02-18", "--to", "2026-03-02", "--no-build")
PERSON = """
select email, phone, last_name from marts.fct_leads
where phone like '+__%' and regexp_full_match(email, '[a-z0-9_.]+@[a-z0-9.]+') and known_from = 'form'
and not is_internal and company_key is not null
order by request_count desc, email limit 1
"""


PEOPLE = (
    *(f"select {name} from marts.fct_leads" for name in ("email", "phone", "last_name", "lead_key")),
    *(f"select {name} from marts.fct_calls" for name in ("caller_email", "caller_phone", "agent_email")),
    *("select email from marts.fct_feedback", "select phone from marts.dim_companies"),
    "select touchpoint_key from marts.fct_touchpoints where touch_type = 'lead'",
)
# and whether `drop` leaves something to join
JOINS = {
    "select count(*) from marts.company_links join marts.fct_leads on entity_id = lead_key": True,
    "select count(*) from marts.lead_attribution join marts.fct_touchpoints using (touchpoint_key)": True,
    "select count(*) from marts.lead_attribution join marts.fct_leads using (lead_key)": True,
    "select count(*) from marts.fct_calls join marts.dim_agents using (agent_email)": False,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Home]:
    """A small world without recordings, synced once; its leads were sent."""
    folder = tmp_path_factory.mktemp("people")
    with synced(folder, empty_warehouse, only=VENDORS, companies=6, days=8) as (cli, sandbox):
        cli("push-leads", "--yes", "--no-build", sandbox=sandbox)
        yield Home(cli, sandbox, folder / "kept")
        assert sandbox.violations == []


def rows(file: Path) -> dict[str, Counter[str]]:
    """Every row of every table, as text."""
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return {
            table: Counter(text for (text,) in con.execute(f"select t::varchar from {table} as t").fetchall())
            for (table,) in con.execute(TABLES).fetchall()
        }


def left_of(place: Path, words: list[str], other: str) -> list[str]:
    """Where one of these words stands in any case, in values and in bytes, but for those of somebody like them."""
    pattern = re.compile("|".join(re.escape(word) for word in words).encode(), re.IGNORECASE)
    found = []
    for file in [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]:
        texts = {"bytes": file.read_bytes()}
        if file.suffix == ".duckdb":
            texts |= {name: "\n".join(held).encode() for name, held in rows(file).items()}
        found += [
            f"{file.name} {name}" for name, text in texts.items() if pattern.search(text.replace(other.encode(), b""))
        ]
    return found


def held_about(cli: Cli, *who: str) -> list[str]:
    """The tables with something about somebody."""
    return sorted({row["table"] for row in json.loads(cli("access", *who).stdout)["held"]})


def test_no_value_of_a_person_is_published_and_what_is_hashed_joins(home: Home, tmp_path: Path) -> None:
    built = Path(shutil.copy(home.cli.data_dir / "leadpath.duckdb", tmp_path))
    key, whole = bytes(range(32)), rows(built)
    known = {value for query in PEOPLE for (value,) in home.cli.marts(query) if value}
    pattern = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))
    assert len(known) > 30
    assert pattern.search("".join(whole["marts.company_links"]))
    agents = home.cli.marts("select agent_email from marts.dim_agents")
    for how in ("hash", "drop"):
        masked = rows(mask(built, described(), how, key))
        assert {name: held.total() for name, held in masked.items()} == {
            name: held.total() for name, held in whole.items()
        }
        assert [(table, text) for table, held in masked.items() for text in held if pattern.search(text)] == []
        with duckdb.connect(str(tmp_path / how / "leadpath.duckdb"), read_only=True) as con:
            for query, kept in JOINS.items():
                assert con.execute(query).fetchall() == home.cli.marts(query) or (how == "drop" and not kept), query
            hashed = con.execute("select agent_email from marts.dim_agents where agent_email is not null").fetchall()
        digests = {(hmac.digest(key, email.encode(), "sha256").hex()[:32],) for (email,) in agents}
        assert set(hashed) == (digests if how == "hash" else set())


def test_every_column_that_is_named_for_what_is_personal_is_tagged() -> None:
    named = re.compile(
        r"e?mail|phone|(destination|shown)_number|(first|last)_name|comment|inputs|custom_data|evidence|_url$|^url$|referrer$"
    )
    columns = {(table.name, column.name): column.personal for table in described() for column in table.columns}
    assert {place for place, tag in columns.items() if named.search(place[1]) and not tag} == set()
    assert {tag for tag in columns.values() if tag} == KINDS


def test_a_person_goes_from_every_file_stays_away_and_nobody_else_changes(home: Home) -> None:
    cli, data = home.cli, home.cli.data_dir
    ((email, phone, name),) = cli.marts(PERSON)
    other, written = f"other.{email}", email[:3].upper() + email[3:]
    spelled = f"{phone[:3]} (0) {phone[3:5]}-{phone[5:]}"
    imported = data.parent / "leads.csv"
    imported.write_text(
        f"First name,Last name,Email,Phone\nX,{name},{written} ,4.917E+11\nAn,Other,{other},\n,Third,,{spelled}\n"
    )
    cli("import-leads", str(imported), "--no-build")
    cli("report")
    raw = data / "internal" / "raw.duckdb"
    backup = data.parent / "backup.duckdb"
    shutil.copy(raw, backup)
    (data / "internal" / "backups.json").write_text(json.dumps([{"path": str(backup), "made_at": "2026-03-02"}]))
    (data / "internal" / "last_error.txt").write_text(f"KeyError: {email}")
    before = rows(raw)
    words, who = [email, phone[1:], phone[5:], spelled], ("--email", written, "--phone", phone)
    assert {f"raw.duckdb {place}" for place in ("bytes", "raw_snapcrm.leads")} <= set(left_of(raw, words, other))
    held = {"raw_snitcher.session_events", "raw_snapcrm.leads", "raw_snapcrm.pushes", "ops.quarantine"}
    assert {*held, "marts.fct_leads", "marts.lead_attribution"} <= set(held_about(cli, "--email", f" <{written}>"))

    shown = cli("forget", "--email", written)
    assert phone in shown.stderr
    assert "raw_snapcrm.pushes" in shown.stdout
    assert rows(raw) == before
    assert not (data / "internal" / "forgotten.json").exists()

    exported = data.parent / "exported"
    cli("export", f"file://{exported}")
    cli.env |= {"LEADPATH_PERSONAL_DATA": "drop", "LEADPATH_EXPORT_URL": f"file://{exported}"}
    # killed when it has begun, a second run finishes it
    killed = cli.start("forget", *who, "--yes", sandbox=home.sandbox)
    while not (data / "internal" / "forgotten.json").exists():
        assert killed.poll() is None
    killed.kill()
    killed.communicate()
    assert "Nothing of them is left" in cli("forget", *who, "--yes").stderr
    assert left_of(data, words, other) == []
    assert left_of(backup, words, other) == []
    assert len(list(exported.glob("set-*"))) == 1
    leads = f"from '{next(exported.rglob('fct_leads.parquet'))}'"
    assert duckdb.execute(f"select count(*) > 3, count(email), count(phone) {leads}").fetchall() == [(True, 0, 0)]
    others_are_as_before(before, rows(raw), words, other)

    # nothing brings them back
    assert "Loaded 0 new or changed rows" in cli("sync", *EVERYTHING, sandbox=home.sandbox).stderr
    with imported.open("a") as file:
        file.write("Nina,Novak,nina@example.org,\n")
    done = cli("import-leads", str(imported)).stderr
    assert "1 new or changed" in done
    assert "brought up to date" in done
    assert held_about(cli, *who) == []
    # what is published has less of people than what was built, also of an increment
    people = "select count(*) > 5, count(email), count(last_name), count(phone) from marts.fct_leads"
    assert cli.marts(people) == [(True, 0, 0, 0)]
    assert left_of(data / "internal" / "unmasked.duckdb", ["novak"], other)
    assert left_of(data / "leadpath.duckdb", ["nina@example.org", "novak"], other) == []


def others_are_as_before(
    before: dict[str, Counter[str]], after: dict[str, Counter[str]], words: list[str], other: str
) -> None:
    theirs = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    for table, held in before.items():
        if table.startswith("raw_") and "_dlt" not in table:
            kept = Counter({text: count for text, count in held.items() if not theirs.search(text.replace(other, ""))})
            assert kept - after[table] == Counter(), table
            if table not in ("raw_snapcrm.leads", "raw_snapcrm.pushes"):
                # what they did is counted as before
                assert held.total() == after[table].total(), table
