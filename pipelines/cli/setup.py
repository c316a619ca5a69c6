"""Settings: `init` writes and checks them, `settings` shows them."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.running import AsJson, check_resources, checked_settings, fail, say
from pipelines.voice import ERROR
from sources.errors import CALLER, STOPPED

if TYPE_CHECKING:
    from pipelines.settings import Settings


def settings(as_json: AsJson = False) -> None:
    """Effective settings and where each comes from; secrets are masked.

    Example: leadpath settings --json
    """
    from pipelines.settings import DEFAULT, SETTINGS, TENANT, stated
    from pipelines.tenants import refuse_unknown

    found = stated()
    if TENANT in found:
        refuse_unknown(found[TENANT][0])
    secrets = [value for setting in SETTINGS if setting.secret for value, _ in [found.get(setting.variable, ("", ""))]]
    shown = []
    for setting in SETTINGS:
        value, origin = found.get(setting.variable, (setting.default, DEFAULT))
        shown.append(
            {
                "name": setting.variable,
                "value": _masked(value, setting.secret, secrets) or None,
                "from": origin if value else None,
                "secret": setting.secret,
                "about": setting.about,
            }
        )
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False))
    else:
        from pipelines.show.tables import show_settings

        show_settings(shown)
    # what is wrong with a value is said after all of them were shown
    checked_settings()


def _masked(value: str, is_secret: bool, secrets: list[str]) -> str:
    """The value; nothing of it where it is a secret, holds one, or is an address with a password."""
    parts = [part.strip() for secret in secrets for part in secret.split(",") if part.strip()]
    hidden = is_secret or ("://" in value and "@" in value) or any(part in value for part in parts)
    return "***" if value and hidden else value


def init(
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting; NAME alone takes its value from the environment."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, and replace values that are there.")] = False,
) -> None:
    """Write settings to .dlt/local.toml, secrets to .dlt/secrets.toml, check each credential, say what a sync takes.

    On a terminal it asks which vendors you have. With --tenant NAME they are written to tenants/NAME.toml and
    tenants/NAME.secrets.toml, and the tenant is there from then on.

    Example: leadpath init

    Example: leadpath init --yes --set LEADPATH_OWN_DOMAINS=acme.com --set SNITCHER_API_TOKEN
    """
    from pipelines.settings import load
    from pipelines.settings_files import write

    asks = sys.stdin.isatty() and not yes
    values = _given(sets or [])
    if asks and not values:
        values = _asked(load(is_new_tenant=True))
    # a wrong value is written nowhere
    tenant = load({**os.environ, **values}, is_new_tenant=True).tenant
    values = _allowed(values, tenant, asks=asks, yes=yes)
    write(values, tenant=tenant)
    _say_written(values, tenant)
    found = checked_settings()
    check_resources(found)
    if not _check(found):
        raise typer.Exit(STOPPED)


def _given(sets: list[str]) -> dict[str, str]:
    from pipelines.settings import NAMES
    from pipelines.unread import nearest

    values = {}
    for text in sets:
        written, equals, value = text.partition("=")
        name = written.strip().upper()
        if name not in NAMES:
            near = nearest(name)
            meant = f" Did you mean {near}?" if near else " leadpath settings lists all."
            fail(f"--set: there is no setting {written.strip()!r}.{meant} Nothing was written.", CALLER)
        if not equals and not os.environ.get(name, "").strip():
            fail(f"--set {name}: write {name}=VALUE, or set it in the environment. Nothing was written.", CALLER)
        values[name] = value.strip() if equals else os.environ[name].strip()
    return values


def _asked(found: "Settings") -> dict[str, str]:
    """The needed secrets of the vendors that a person has, as typed; those that are set already are not asked for."""
    from pipelines.settings import SETTINGS
    from pipelines.vendors import BY_NAME

    about = {setting.variable: setting.about for setting in SETTINGS}
    values = {}
    for name, vendor in BY_NAME.items():
        if found.has(name):
            say(f"{vendor.title} is set up.")
        elif typer.confirm(f"Do you use {vendor.title}?", default=False, err=True):
            for variable in found.missing(name):
                text = f"{variable} ({about[variable].rstrip('.')})"
                values[variable] = str(typer.prompt(text, hide_input=True, err=True)).strip()
    return values


def _allowed(values: dict[str, str], tenant: str, *, asks: bool, yes: bool) -> dict[str, str]:
    """Those that may be written: what stands there already is not replaced without a word."""
    from pipelines.settings_files import file_of, written

    kept = dict(values)
    for name, value in values.items():
        held, file = written(name, tenant=tenant), file_of(name, tenant)
        if not held or held == value:
            continue
        if asks and not typer.confirm(f"{name} has another value in {file}. Replace it?", default=False, err=True):
            del kept[name]
            say(f"{name} stays as it is.")
        elif not asks and not yes:
            fail(f"{name} has another value in {file}; --yes replaces it. Nothing was written.", CALLER)
        else:
            say(f"{name} in {file} is replaced.")
    return kept


def _say_written(values: dict[str, str], tenant: str) -> None:
    from pipelines.settings_files import file_of

    for name, value in values.items():
        say(f"{name} is in {file_of(name, tenant)}.")
        if (outside := os.environ.get(name, "").strip()) and outside != value:
            say(f"Warning: {name} is set in the environment too, with another value, which wins.")


def _check(found: "Settings") -> bool:
    """Check each credential, and say what a first sync takes; whether all is well."""
    from pipelines.sync.check import check_vendor
    from pipelines.sync.first import first_sync, is_first
    from pipelines.vendors import BY_NAME

    names = [name for name in BY_NAME if found.has(name)]
    if not names:
        say("No vendor is set up yet. Set the secret of one, for example with --set SNITCHER_API_TOKEN=...")
        return True
    well = True
    for name in names:
        result = check_vendor(found, name)
        well = well and bool(result["ok"])
        verdict = "ok" if result["ok"] else "FAILED"
        say(
            f"{name}: {verdict}, {found.redact(str(result['sentence']))}",
            "info" if result["ok"] else ERROR,
            vendor=name,
        )
    if is_first(found):
        say("The first sync reads the newest days first:")
        for plan in first_sync(found):
            say(f"  {plan.sentence}", vendor=plan.vendor)
        minutes = int(found.own.max_run.total_seconds() // 60)
        say(f"  After {minutes} minutes (LEADPATH_MAX_RUN) it publishes what there is, and the next sync goes on.")
    say("leadpath sync reads and publishes.")
    return well
