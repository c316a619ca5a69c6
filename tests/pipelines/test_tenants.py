"""A tenant has settings and data of its own: where each comes from, and that nothing of one comes to another."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import tenants
from pipelines.settings import load, overruled, stated
from pipelines.unread import unread_names
from sandbox import Sandbox
from sources.errors import SettingError
from tests.conftest import Cli, rows
from tests.pipelines.outcome import said

Make = Callable[..., Sandbox]


def write(folder: Path, **files: str) -> None:
    """Files by names in which `__` stands for a dot, in `.dlt` when it is one of those and in `tenants` otherwise."""
    for name, text in files.items():
        place = ".dlt" if name in ("config", "local", "secrets") else "tenants"
        file = folder / place / f"{name.replace('__', '.')}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)


def test_a_tenants_settings_stand_between_the_environment_and_the_installations(tmp_path: Path) -> None:
    write(
        tmp_path,
        config='leadpath_max_run = "45m"\nleadpath_report_timezone = "UTC"\nleadpath_lookback_days = "3"\n',
        local='leadpath_max_run = "40m"\nleadpath_reread_days = "20"\nleadpath_data_dir = "root"\n',
        secrets='snitcher_api_token = "agency"\nsnapcall_api_key = "agency"\nsnapcall_api_secret = "agency"\n',
        acme='leadpath_max_run = "30m"\nleadpath_own_domains = "a.com"\nleadpath_report_timezone = "Europe/Paris"\n',
        acme__secrets='leadpath_own_domains = "acme.de"\nsnapcall_api_key = "acme"\n',
    )
    environment = {"LEADPATH_TENANT": "acme", "LEADPATH_REPORT_TIMEZONE": "Asia/Tokyo"}
    found = stated(environment, tmp_path)
    assert found["LEADPATH_REPORT_TIMEZONE"] == ("Asia/Tokyo", "environment")
    assert found["LEADPATH_OWN_DOMAINS"] == ("acme.de", "tenants/acme.secrets.toml")
    assert found["LEADPATH_MAX_RUN"] == ("30m", "tenants/acme.toml")
    assert found["LEADPATH_REREAD_DAYS"] == ("20", ".dlt/local.toml")
    assert found["LEADPATH_LOOKBACK_DAYS"] == ("3", ".dlt/config.toml")
    assert found["SNITCHER_API_TOKEN"] == ("agency", ".dlt/secrets.toml"), (
        "the tenant names none, so the agency's counts"
    )
    assert found["SNAPCALL_API_KEY"] == ("acme", "tenants/acme.secrets.toml")
    assert "SNAPCALL_API_SECRET" not in found, "credentials of a vendor belong together"
    settings = load(environment, tmp_path)
    assert settings.data_dir == Path("root/tenants/acme")
    assert settings.root == Path("root")
    assert load({}, tmp_path).data_dir == Path("root")


def test_what_would_be_one_file_of_several_tenants_is_not(tmp_path: Path) -> None:
    write(tmp_path, acme='leadpath_data_dir = "elsewhere"\nleadpath_tenant = "globex"\n', globex="")
    scratch = str(tmp_path / "scratch.duckdb")
    both = [load({"LEADPATH_TENANT": name, "LEADPATH_SCRATCH": scratch}, tmp_path) for name in ("acme", "globex")]
    assert [one.data_dir for one in both] == [Path("data/tenants/acme"), Path("data/tenants/globex")]
    assert [one.own.scratch for one in both] == [tmp_path / "scratch-acme.duckdb", tmp_path / "scratch-globex.duckdb"]
    # a lake for all has a part for each; a database has none, and one of its own is its own
    lake = {"LEADPATH_EXPORT_URL": "s3://bucket/lake/?region=x"}
    assert load({"LEADPATH_TENANT": "acme", **lake}, tmp_path).own.export_url.get_secret_value() == (
        "s3://bucket/lake/tenant=acme?region=x"
    )
    assert load(lake, tmp_path).own.export_url.get_secret_value() == lake["LEADPATH_EXPORT_URL"]
    database = "postgres://me@db.example/globex"
    with pytest.raises(SettingError, match=r"^LEADPATH_EXPORT_URL: one database for all tenants would mix them; name"):
        load({"LEADPATH_TENANT": "acme", "LEADPATH_EXPORT_URL": database}, tmp_path)
    write(tmp_path, globex__secrets=f'leadpath_export_url = "{database}"\n')
    assert load({"LEADPATH_TENANT": "globex"}, tmp_path).own.export_url.get_secret_value() == database
    one_for_all = "is not read: it is one for all tenants."
    assert unread_names(both[0], {}, tmp_path) == [
        f"leadpath_data_dir in {tmp_path}/tenants/acme.toml {one_for_all}",
        f"leadpath_tenant in {tmp_path}/tenants/acme.toml {one_for_all}",
    ]


@pytest.mark.parametrize(
    "name", ["../acme", "a/b", "Acme", "acme.", "-acme", "acme-", ".", "a b", "a" * 64, "acmé", "a\nb"]
)
def test_a_name_has_no_tricks(tmp_path: Path, name: str) -> None:
    write(tmp_path, acme="")
    with pytest.raises(SettingError, match=r"^LEADPATH_TENANT: .* is no name of a tenant.*acme$") as error:
        stated({"LEADPATH_TENANT": name}, tmp_path)
    assert "\n" not in str(error.value)


def test_an_unknown_tenant_is_one_sentence_with_the_nearest_name(tmp_path: Path) -> None:
    unknown = {"LEADPATH_TENANT": "acne"}
    with pytest.raises(SettingError, match=r"no tenant acne: .* init\. There is none yet\.$"):
        load(unknown, tmp_path)
    write(tmp_path, acme="", globex__secrets="", **{"Not_One": ""})
    assert tenants.names(tmp_path) == ["acme", "globex"]
    assert tenants.misnamed(tmp_path) == [f"tenants/Not_One.toml is not read: 'Not_One' {tenants.NO_NAME}."]
    with pytest.raises(SettingError, match=r"Did you mean acme\?$"):
        load(unknown, tmp_path)
    with pytest.raises(SettingError, match=r"There are acme, globex\.$"):
        load({"LEADPATH_TENANT": "x"}, tmp_path)


def test_what_is_wrong_with_a_tenants_files_is_warned_of(tmp_path: Path) -> None:
    write(
        tmp_path,
        acme='leadpath_max_rum = "5m"\nlog_level = "INFO"\n[snitcher]\nurl = "http://a"\n',
        acme__secrets='snitcher_api_token = "own"\nsnapcall_api_key = "same"\n',
        globex='leadpath_max_rum = "5m"\n',
    )
    secrets = tmp_path / "tenants" / "acme.secrets.toml"
    secrets.chmod(0o644)
    environment = {"LEADPATH_TENANT": "acme", "SNITCHER_API_TOKEN": "agency", "SNAPCALL_API_KEY": "same"}
    assert overruled("acme", environment, tmp_path) == [("SNITCHER_API_TOKEN", "tenants/acme.secrets.toml")]
    acme = f"in {tmp_path}/tenants/acme.toml is no setting and is not read."
    assert unread_names(load(environment, tmp_path), environment, tmp_path) == [
        f"leadpath_max_rum {acme} Did you mean leadpath_max_run?",
        f"log_level {acme}",
        f"[snitcher] url {acme} Did you mean snitcher_url, above the first section?",
        f"{secrets} can be read by every user of this machine; run chmod 600 {secrets}",
        "SNITCHER_API_TOKEN in the environment wins over the one in tenants/acme.secrets.toml, so tenant acme is read"
        " with it.",
    ]
    assert unread_names(load({}, tmp_path), {}, tmp_path) == []


def test_every_command_follows_and_no_record_comes_into_anothers_file(leadpath: Cli, make_sandbox: Make) -> None:
    folder, token = leadpath.data_dir.parent, "own-snapcall-key"
    sandboxes = {
        name: make_sandbox(seed=seed, companies=3, days=3, tokens={"snapcall": key})
        for name, seed, key in (("acme", 1, token), ("globex", 2, "another-key"))
    }
    for name, sandbox in sandboxes.items():
        env = {each: sandbox.env[each] for each in ("SNAPCALL_API_KEY", "SNAPCALL_URL", "LEADPATH_NOW")}
        run = leadpath("--tenant", name, "init", *(part for each in env.items() for part in ("--set", "=".join(each))))
        assert f"SNAPCALL_API_KEY is in tenants/{name}.secrets.toml." in said(run)
        assert (folder / "tenants" / f"{name}.secrets.toml").stat().st_mode & 0o777 == 0o600
        # before the name of the command and after it
        leadpath("sync", "--no-build", "--tenant", name)
    calls = {name: {row["id"] for row in sandbox.records("snapcall", "calls")} for name, sandbox in sandboxes.items()}
    for name in sandboxes:
        raw = leadpath.data_dir / "tenants" / name / "internal" / "raw.duckdb"
        held = {row[0] for row in rows(raw, "select id from raw_snapcall.calls")}
        assert held == {str(one) for one in calls[name]} != set()
        document = json.loads(leadpath("--tenant", name, "status", "--json").stdout)
        assert document["data_dir"] == str(raw.parents[1])
        assert document["vendors"]["snapcall"]["resources"]["calls"]["rows"] == len(held)
    shown = json.loads(leadpath("settings", "--json", "--tenant", "acme").stdout)
    places = {one["name"]: (one["value"], one["from"]) for one in shown}
    assert places["SNAPCALL_API_KEY"] == ("***", "tenants/acme.secrets.toml")
    assert places["SNAPCALL_URL"] == (sandboxes["acme"].env["SNAPCALL_URL"], "tenants/acme.toml")
    assert said(leadpath("check", "--tenant", "acme"))[-1].startswith("snapcall: ok, ")
    assert "leadpath.duckdb" in leadpath("query", "select 1", LEADPATH_TENANT="acme", status=1).stderr
    (line,) = said(leadpath("status", "--tenant", "acmee", status=2))
    assert line.endswith("Did you mean acme?")

    # the folder of one, taken for another's: nothing is written
    home = leadpath.data_dir / "tenants" / "acme"
    before = (home / "status.json").read_bytes()
    key = sandboxes["globex"].env["SNAPCALL_API_KEY"]
    (line,) = said(leadpath("sync", "--no-build", status=2, LEADPATH_DATA_DIR=str(home), SNAPCALL_API_KEY=key))
    assert line.startswith(f"{home}/internal/raw.duckdb belongs to tenant acme, and this is a run of no tenant.")
    assert (home / "status.json").read_bytes() == before


def test_tenants_of_one_token_load_the_workspaces_and_projects_of_their_own(leadpath: Cli, make_sandbox: Make) -> None:
    sandbox = make_sandbox(companies=3, days=3)
    (first, second) = sandbox.records("snitcher", "workspaces")[:2]
    projects = sandbox.records("usersnap", "projects")
    write(
        leadpath.data_dir.parent,
        acme=f'snitcher_workspaces = "{first["uuid"]}"\nusersnap_projects = "{projects[0]["name"]}"\n',
        globex=f'snitcher_workspaces = "{second["name"]}"\nusersnap_projects = "{projects[1]["project_id"]}"\n',
        typo='snitcher_workspaces = "nobody"\nusersnap_resources = "assignees"\n',
    )
    for name in ("acme", "globex", "typo"):
        cli = Cli(leadpath.data_dir.parent, leadpath._empty)
        cli.data_dir = leadpath.data_dir / "tenants" / name
        cli.use_empty_warehouse()
    both = ("snitcher", "usersnap")
    for name, workspace, project in (("acme", first, projects[0]), ("globex", second, projects[1])):
        leadpath("sync", "--no-build", "--tenant", name, sandbox=sandbox, only=both)
        raw = leadpath.data_dir / "tenants" / name / "internal" / "raw.duckdb"
        assert {row[0] for row in rows(raw, "select uuid from raw_snitcher.workspaces")} == {workspace["uuid"]}
        for table in ("sessions", "organisations", "segments"):
            held = {row[0] for row in rows(raw, f"select workspace_uuid from raw_snitcher.{table}")}
            assert held == {workspace["uuid"]}, table
        assert {row[0] for row in rows(raw, "select project_id from raw_usersnap.projects")} == {project["project_id"]}
        assert {row[0] for row in rows(raw, "select project_id from raw_usersnap.feedbacks")} <= {project["project_id"]}
    run = leadpath("sync", "snitcher", "--no-build", "--tenant", "typo", sandbox=sandbox, only=both, status=1)
    assert "SNITCHER_WORKSPACES: the credential reaches no 'nobody'; there are: " in run.stderr
    assert first["uuid"] in run.stderr
    raw = leadpath.data_dir / "tenants" / "typo" / "internal" / "raw.duckdb"
    assert rows(raw, "select count(*) from raw_snitcher.sessions") == [(0,)]
