"""What is held about a person, and how it goes: `access`, `forget`."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.running import checked_settings, fail, held, refuse_lost_warehouse, say, warn_of_lists
from pipelines.voice import ERROR
from sources.errors import STOPPED

if TYPE_CHECKING:
    from pipelines.people.forget import Forgetting, Preview

Emails = Annotated[list[str] | None, typer.Option("--email", metavar="E", help="By this address; may be given again.")]
Phones = Annotated[
    list[str] | None, typer.Option("--phone", metavar="P", help="By this number with its country, +4930123456.")
]
Domains = Annotated[
    list[str] | None, typer.Option("--domain", metavar="D", help="A company with all its people, by its domain.")
]
VENDORS = "The vendors hold what they have: erase it there too."
# what is noted of the run, and told to who waits for the lock: it names nobody
FORGET, ACCESS = "leadpath forget --yes", "leadpath access"


def access(emails: Emails = None, phones: Phones = None, domains: Domains = None) -> None:
    """Print all that is held about a person or a company, as one JSON document.

    Example: leadpath access --email jane@acme.com
    """
    from pipelines.people.access import held_about
    from pipelines.people.subject import read_subject

    settings = checked_settings()
    marks = read_subject(settings, emails or [], phones or [], domains or [])
    with held(settings, ACCESS):
        document = held_about(settings, marks)
    typer.echo(json.dumps(document, ensure_ascii=False, default=str))


def forget(
    emails: Emails = None,
    phones: Phones = None,
    domains: Domains = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it nothing is written.")] = False,
) -> None:
    """Erase a person or a company everywhere, prove it, and keep them from coming back. Without --yes show what goes.

    Example: leadpath forget --email jane@acme.com --phone +4930123456 --yes
    """
    from pipelines.people.forget import forget as erase
    from pipelines.people.forget import preview
    from pipelines.people.subject import read_subject, refuse_own

    settings = checked_settings()
    marks = read_subject(settings, emails or [], phones or [], domains or [])
    refuse_lost_warehouse(settings)
    with held(settings, FORGET):
        refuse_own(settings, marks)
        if not yes:
            _show(preview(settings, marks))
            return
        from pipelines.runs.progress import Progress

        warn_of_lists(settings, builds_at_once=True)
        done = erase(settings, Progress(), marks, command=FORGET)
    _report(done)


def _show(found: "Preview") -> None:
    from pipelines.show.people import show_erasure

    show_erasure(found.counts)
    if found.also:
        known = ", ".join(mark.value for mark in found.also)
        say(f"The same rows also hold {known}: if these are theirs, give them too.")
    if found.counts:
        say(f"Nothing was erased; --yes does it, and builds everything again. {VENDORS}")
    else:
        say("Nobody is known by that. With --yes they are kept out, and everything is built again.")


def _report(done: "Forgetting") -> None:
    from pipelines.show.people import show_erasure

    outcome: Any = done.outcome
    for sentence in outcome.sentences:
        say(sentence, ERROR)
    if outcome.built:
        show_erasure(outcome.built.cleaned)
        say(f"Erased and published: {outcome.built.tests_passed} tests passed.")
        for warning in outcome.built.warnings:
            say(f"Warning: {warning}")
    say(f"Searched {done.found.searched}.")
    for place in done.found.remains:
        say(f"Something is left in {place}.", ERROR)
    for place in done.unreached:
        say(f"Not erased in {place}", ERROR)
    if done.found.remains or done.unreached or outcome.status != "ok":
        fail("They are kept out from now on, but not everything is erased: see above, then run it again.", STOPPED)
    say(f"Nothing of them is left. {VENDORS}")
