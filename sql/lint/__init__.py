"""What dbt gives to macros, as far as the linter needs it. Every model is read as an increment."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from types import SimpleNamespace

execute = True
model = SimpleNamespace(
    database="leadpath",
    schema="marts",
    relation_name="changed",
    config=SimpleNamespace(unique_key="session_key", meta=SimpleNamespace(changed="changed", or_key=None)),
)
graph = SimpleNamespace(nodes=defaultdict(lambda: model))
flags = SimpleNamespace(FULL_REFRESH=False)


def _dispatch(name: str) -> Callable[..., str]:
    """What an engine makes of a macro is read as a call of its name."""
    return lambda *given: f"{name}({', '.join(_texts(*given))})"


def _texts(*given: object) -> Iterator[str]:
    for each in given:
        if isinstance(each, list):
            yield from _texts(*each)
        elif each is not None:
            yield str(each)


adapter = SimpleNamespace(dispatch=_dispatch, get_relation=lambda database, schema, identifier: identifier)


def run_query(statement: str) -> SimpleNamespace:
    """Answer every question with yes."""
    return SimpleNamespace(columns=[SimpleNamespace(values=lambda: [True])])


def env_var(name: str, default: str = "") -> str:
    """Every variable is set."""
    return default or "1"
