"""Lines of the operator's lists that are wrong or do nothing are said before work begins, once it can be known."""

import re
from collections.abc import Callable
from pathlib import Path

from sandbox import Sandbox
from tests.conftest import Cli, Run
from tests.pipelines.outcome import PROGRESS

Make = Callable[..., Sandbox]
HEADER = "action,vendor,entity_type,entity_id,domain,other_domain,reason"


def lines_of(run: Run) -> list[str]:
    return [line for line in run.stderr.splitlines() if line.strip() and " is skipped: " not in line]


def test_lines_that_do_nothing_are_said_as_early_as_it_can_be_known(
    leadpath: Cli, make_sandbox: Make, tmp_path: Path
) -> None:
    sandbox = make_sandbox(companies=25, days=4)
    config = tmp_path / "lists"
    config.mkdir()
    leadpath.env = {"LEADPATH_CONFIG_DIR": str(config), "LEADPATH_OWN_DOMAINS": "our-own.example"}
    organisations = sandbox.records("snitcher", "organisations")
    websites = [each["website"] for each in organisations if each["website"]]
    domains = sorted({website.split("//")[-1].strip("/").removeprefix("www.") for website in websites})
    # the sandbox's own sites are no companies that a list would name
    fit = [domain for domain in domains if re.fullmatch(r"[a-z]{6,}\.[a-z]{2,4}", domain)]
    known, other, third = fit[:3]
    uuid = organisations[0]["uuid"]
    typed = third.replace(".", "s.", 1)
    (config / "company_overrides.csv").write_text(
        f"{HEADER}\n"
        f"same,,,,{known},{other},both are known\n"
        f"different,,,,www.{known},our-own.example,known too\n"
        f"link,snitcher,organisation,{uuid.upper()},new-company.example,,a company of its own: a uuid has no case\n"
        "\n"
        f"same,,,,{known},nowhere-at-all.example,\n"
        f"different,,,,{typed},{other},\n"
        f"link,snitcher,organisation,{uuid[:-1]}x,{known},,\n"
        "unlink,snapcall,call,nowhere,,,\n"
    )
    idle = [
        "company_overrides.csv: no record names nowhere-at-all.example, so the line does nothing. See line 6.",
        f"company_overrides.csv: no record names {typed}, so the line does nothing. See line 7. Did you mean {third}?",
        f"company_overrides.csv: no organisation {uuid[:-1]}x of snitcher is known, so the line does nothing."
        f" See line 8. Did you mean {uuid}?",
        "company_overrides.csv: no call nowhere of snapcall is known, so the line does nothing. See line 9.",
    ]
    warnings = [f"Warning: {sentence}" for sentence in idle]

    # nothing is loaded before the first run: it is said at its end
    first = lines_of(leadpath("sync", "snitcher", sandbox=sandbox, only=("snitcher",)))
    assert [line for line in first if "company_overrides.csv: " in line] == warnings
    assert PROGRESS.fullmatch(first[0])

    # from then on before anything else, also where nothing is new, and once
    for command in (("sync", "snitcher"), ("sync", "snitcher", "--no-build"), ("build",)):
        run = lines_of(leadpath(*command, sandbox=sandbox, only=("snitcher",)))
        assert run[: len(warnings)] == warnings, command
        assert not [line for line in run[len(warnings) :] if "company_overrides.csv: " in line]


def test_a_wrong_line_is_said_before_anything_is_loaded(leadpath: Cli, make_sandbox: Make, tmp_path: Path) -> None:
    sandbox = make_sandbox(companies=2, days=2)
    config = tmp_path / "lists"
    config.mkdir()
    for name, text, words in (
        ("forms.csv", "form_id,form_name,purpose\nx,Other,sales\n", "line 2: purpose: 'sales' is not one of"),
        ("company_overrides.csv", f"{HEADER}\njoin,,,,a.example,b.example,\n", "line 2: action: 'join' is not one of"),
        ("company_overrides.csv", f"{HEADER}\nsame,,,,a.example,a b,\n", "line 2: other_domain: 'a b' is not a domain"),
    ):
        (config / name).write_text(text)
        run = leadpath(
            "sync", "snitcher", sandbox=sandbox, only=("snitcher",), status=1, LEADPATH_CONFIG_DIR=str(config)
        )
        first, *_, last = lines_of(run)
        assert first.startswith(f"Warning: {config / name}, {words}")
        assert first.endswith("The build will stop there; what is loaded is kept.")
        assert last.startswith(f"{config / name}, {words}")
        assert last.endswith("Nothing was published.")
        (config / name).unlink()
