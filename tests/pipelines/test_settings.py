"""Where settings come from, and what is said of a wrong one."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dlt.common.configuration.specs import known_sections
from dlt.common.configuration.specs.runtime_configuration import RuntimeConfiguration
from dlt.pipeline.configuration import PipelineConfiguration, PipelineRuntimeConfiguration
from hypothesis import given
from hypothesis import strategies as st

from pipelines.settings import DEFAULTS, NAMES, SETTINGS, load
from pipelines.unread import DLT_PIPELINE, DLT_RUNTIME, DLT_SECTIONS, nearest
from sources.errors import SettingError
from sources.limit import Limit
from sources.settings import Header, VendorSettings, optional
from tests.conftest import ROOT


def test_the_committed_file_states_every_default_and_nothing_else() -> None:
    stated = tomllib.loads((ROOT / ".dlt" / "config.toml").read_text("utf-8"))
    plain = {name.upper(): value for name, value in stated.items() if not isinstance(value, dict)}
    assert {name: value for name, value in plain.items() if value} == DEFAULTS
    assert set(plain) <= set(NAMES)
    example = tomllib.loads((ROOT / ".dlt" / "secrets.toml.example").read_text("utf-8"))
    assert set(example) == {setting.name for setting in SETTINGS if setting.secret}
    assert not any(example.values())


def test_a_declaration_that_could_leak_or_fail_is_refused() -> None:
    class Plain(VendorSettings):
        prefix = "plain"
        key: Header = optional("")
        places: int = 3

    assert {
        each.name: (each.secret, each.default) for each in Plain.settings() if each.name[6:] in ("key", "places")
    } == {
        "plain_key": (True, ""),
        "plain_places": (False, "3"),
    }
    with pytest.raises(TypeError, match=r"Bare: key needs a default; for a secret write needed\("):

        class Bare(VendorSettings):
            prefix = "bare"
            key: Header


def test_the_environment_wins_over_secrets_and_those_over_the_config(tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(
        'snitcher_url = "http://config"\nleadpath_data_dir = "from_config"\n'
    )
    (tmp_path / ".dlt" / "secrets.toml").write_text('snitcher_url = "http://secrets"\nsnapcall_api_key = "k"\n')
    settings = load({"SNITCHER_URL": "http://environment", "LEADPATH_DATA_DIR": " "}, tmp_path)
    assert settings.vendors["snitcher"].url == "http://environment"
    assert settings.data_dir == Path("from_config"), "an empty value counts as unset"
    assert settings.has("snapcall")
    assert settings.missing("usersnap") == ["USERSNAP_JWT_ID", "USERSNAP_JWT_SECRET"]
    assert load({}, tmp_path).vendors["snitcher"].url == "http://secrets"


def test_values_are_read(tmp_path: Path) -> None:
    settings = load(
        {
            "LEADPATH_NOW": "2026-03-02T12:00:00+13:00",
            "LEADPATH_START_DATE": "2026-01-01",
            "LEADPATH_MAX_RUN": "1h30m",
            "LEADPATH_OWN_DOMAINS": "WWW.Acme.com, acme.de",
            "SNITCHER_RESOURCES": "sessions, organisations",
        },
        tmp_path,
    )
    assert settings.now == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert settings.own.start_date == date(2026, 1, 1)
    assert settings.own.max_run == timedelta(minutes=90)
    assert settings.own.own_domains == ("acme.com", "acme.de")
    assert settings.resources("snitcher") == ("sessions", "organisations")
    assert settings.resources("snapcall") is None


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("SNITCHER_RATE_LIMIT", "60 per minute", "60/minute"),
        ("SMARTLOOK_RATE_LIMIT", "0/minute", "60/minute"),
        ("SNITCHER_URL", "api.snitcher.com", "https://api.snitcher.com/v1"),
        ("LEADPATH_MAX_RUN", "soon", "45m"),
        ("LEADPATH_MAX_RUN", "45", "45m"),
        ("LEADPATH_START_DATE", "01.02.2026", "2026-08-31"),
        ("LEADPATH_START_DATE", "2999-01-01", "future"),
        ("LEADPATH_LOOKBACK_DAYS", "-1", "3"),
        ("LEADPATH_REREAD_DAYS", "many", "30"),
        ("LEADPATH_REPORT_TIMEZONE", "Mars/Base", "Europe/Prague"),
        ("LEADPATH_REPORT_TIMEZONE", "localtime", "Europe/Prague"),
        ("LEADPATH_OWN_DOMAINS", "acme", "acme.com"),
        ("LEADPATH_NOW", "now", "2026-08-31T12:00:00Z"),
    ],
)
def test_a_wrong_value_is_named_with_a_valid_one(tmp_path: Path, name: str, value: str, shown: str) -> None:
    with pytest.raises(SettingError) as error:
        load({name: value}, tmp_path)
    assert name in str(error.value)
    assert shown in str(error.value)


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text('a = "b"\nsnitcher_api_token = oops\n')
    with pytest.raises(SettingError, match=r"secrets\.toml .*line 2"):
        load({}, tmp_path)


@given(count=st.integers(1, 10_000), times=st.integers(1, 90), unit=st.sampled_from(["second", "minute", "hour"]))
def test_a_limit_reads_what_it_writes(count: int, times: int, unit: str) -> None:
    limit = Limit.parse(f"{count}/{times}{unit}s")
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LEADPATH_LOOKBAK_DAYS", "LEADPATH_LOOKBACK_DAYS"),
        ("leadpth_start_date", "LEADPATH_START_DATE"),
        ("SNICHER_API_TOKN", "SNITCHER_API_TOKEN"),
        ("SNITCHER_TOKEN", "SNITCHER_API_TOKEN"),
        ("SNITCHER__API_TOKEN", "SNITCHER_API_TOKEN"),
        ("snapcall-api-key", "SNAPCALL_API_KEY"),
        ("LEADPATH_CONFIG", "LEADPATH_CONFIG_DIR"),
        ("SNITCHER_LOOKBACK_DAYS", "LEADPATH_LOOKBACK_DAYS"),
        ("lookback_days", "LEADPATH_LOOKBACK_DAYS"),
        ("leadpath_data_dir", "LEADPATH_DATA_DIR"),
        # of several vendors
        ("api_token", None),
        ("url", None),
        # far from all
        ("LEADPATH_HOME", None),
        ("LEADPATH_NODE", None),
        ("LEADPATH_NAME", None),
        ("LEADPATH_ENGINE", None),
        ("LEADPATH_REPORT", None),
        ("LEADPATH", None),
        ("PATH", None),
        ("HOME", None),
    ],
)
def test_the_nearest_name_is_really_near(name: str, meant: str | None) -> None:
    assert nearest(name) == meant


def test_what_dlt_reads_in_the_same_files_is_what_this_dlt_reads() -> None:
    sections = {value for name, value in vars(known_sections).items() if name.isupper()}
    assert sections | {"runtime"} == set(DLT_SECTIONS) - {name for name in DLT_SECTIONS if name.startswith("leadpath_")}
    runtime = {*RuntimeConfiguration.get_resolvable_fields(), *PipelineRuntimeConfiguration.get_resolvable_fields()}
    assert runtime == set(DLT_RUNTIME)
    pipeline = {*PipelineConfiguration.get_resolvable_fields()} - {"pipeline_name", "runtime"}
    assert pipeline == set(DLT_PIPELINE)


@pytest.mark.parametrize("value", ['["acme.com"]', '{ name = "acme.com" }'])
def test_a_setting_that_is_no_text_is_named(tmp_path: Path, value: str) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(f"leadpath_own_domains = {value}\n")
    with pytest.raises(SettingError, match=r'^LEADPATH_OWN_DOMAINS: .*write leadpath_own_domains = "..."$'):
        load({}, tmp_path)
