"""What a vendor is made of: resources that are read window by window, into pinned tables.

Leadpath's own runs and a bare `dlt.pipeline(...).run(snitcher(...))` read through the same functions; only who chooses
the windows differs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Protocol

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from sources.errors import ContractBroken, SourceError
from sources.http.budget import Budget, Limit, Stop
from sources.http.client import Client
from sources.rows.table import Batch, Table
from sources.rows.values import Kind
from sources.walks.pages import PagingIgnored, TooLarge

DAY = timedelta(days=1)
# what a source that runs alone reads at once
PARENTS_AT_ONCE = 100


@dataclass(frozen=True, order=True)
class Window:
    """A closed stretch of time, `start` inclusive, `end` exclusive, both UTC."""

    start: datetime
    end: datetime

    @property
    def first_day(self) -> date:
        """The UTC day in which it begins."""
        return self.start.date()

    @property
    def last_day(self) -> date:
        """The UTC day in which it ends."""
        return (self.end - timedelta(microseconds=1)).date()

    def halves(self) -> tuple["Window", "Window"] | None:
        """The newer half, then the older; cut at a midnight while it has more than a day; None below two seconds."""
        length = self.end - self.start
        if length < timedelta(seconds=2):
            return None
        middle = self.start + length / 2
        if length > DAY:
            middle = datetime(middle.year, middle.month, middle.day, tzinfo=UTC)
            middle = middle if middle > self.start else middle + DAY
        else:
            middle = middle.replace(microsecond=0)
        return Window(middle, self.end), Window(self.start, middle)

    def __str__(self) -> str:
        """Its days, for messages."""
        return f"{self.first_day}..{self.last_day}"


class Api(Protocol):
    """A vendor's client; `client` counts what it costs."""

    client: Client


@dataclass(frozen=True)
class Task:
    """One reading: of which scope and window (None: no dates, everything), with which parents.

    `since` is where history begins: earlier rows that an answer brings along are dropped, so that the tables do not
    depend on how the vendor cuts its days. `now` is the moment that a loaded row bears. `spans` gives the stretch that
    is missing of each parent, where children are read parent by parent.
    """

    scope: str
    window: Window | None
    since: datetime
    now: datetime
    parents: tuple[str, ...] = ()
    spans: Mapping[str, Window] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangedParents:
    """Which parents to read children of: those that a row of `table` was loaded for since their children were read.

    The columns `scope` and `parent` say whose row it is, `start` and `end` which stretch of time it stands for. `route`
    is the route of the children, whose budget says when a chunk had better be loaded than kept waiting.
    """

    table: str
    scope: str
    parent: str
    start: str
    end: str
    route: str


@dataclass
class Latest:
    """The newest changes of a list: `mark` is the time of the newest one (None: there is none), `count` what the list
    says it holds (None: it does not say), `whole` whether these batches are all of it.
    """

    batches: list[Batch]
    mark: datetime | None
    count: int | None
    whole: bool


@dataclass(frozen=True)
class Changes:
    """How a list is followed that can be read by last change, newest first.

    `latest(api, task)` reads down to `task.window.start`, the mark of an earlier reading; without a window it reads one
    page. Its `count` is compared with the rows held of the scope (column `scope`) created since `task.since` (column
    `created`). The resource's `read` gives a window of rows by their creation, oldest first, page by page.
    """

    latest: Callable[[Any, Task], Latest]
    scope: str
    created: str


@dataclass(frozen=True)
class Resource:
    """One thing to read: its tables (the main one first) and the function that reads it.

    `cadence`: `windows` reads by time and again inside the lookback; `daily` reads the whole list once a day,
    `each_run` in each run; `parents` reads the children of parents that changed, as `changed` says; `changes` follows
    what was changed last, as `changes` says.
    `scoped_by` names the table and column whose current values are the scopes; without it there is one scope, "".
    `parents` names the tables and columns whose distinct values the reading is given.
    `longest` is the most days that one window spans. `full_reread`: the weekly re-read asks for the whole list.
    `newest` is the column of the main table that says how fresh its rows are.
    """

    name: str
    tables: tuple[Table, ...]
    read: Callable[[Any, Task], Iterator[Batch]]
    cadence: Literal["windows", "daily", "each_run", "parents", "changes"]
    scoped_by: tuple[str, str] | None = None
    parents: tuple[tuple[str, str], ...] = ()
    longest: int = 31
    full_reread: bool = False
    newest: str | None = None
    changed: ChangedParents | None = None
    changes: Changes | None = None


@dataclass(frozen=True)
class Scope:
    """A scope that a credential of its own reaches, with the API to read it by; or the error that keeps us out."""

    name: str
    api: Api
    error: SourceError | None = None


BudgetMaker = Callable[[Limit, str], Budget]


@dataclass(frozen=True)
class Vendor:
    """A vendor: what must be set to use it, what it has, and how to talk to it.

    `connect(settings, budgets, stop)` returns its API client; `settings` maps setting names to values. `probe` makes
    one cheap read and returns a sentence that says what the credential reaches. `scopes` opens the scopes of a vendor
    whose credentials reach one each: they are read side by side, and one that fails stops no other.
    """

    name: str
    title: str
    secrets: tuple[str, ...]
    rate_limit: str
    tables: tuple[Table, ...]
    resources: tuple[Resource, ...]
    connect: Callable[[Mapping[str, str], BudgetMaker, Stop], Any] | None
    probe: Callable[[Any], str] | None
    scopes: Callable[[Any], Iterable[Scope]] | None = None

    def resource(self, name: str) -> Resource:
        """The resource of that name. Raises KeyError."""
        return next(resource for resource in self.resources if resource.name == name)


def read_all(resource: Resource, api: Any, task: Task) -> Iterator[tuple[Task, list[Batch]]]:
    """Read a task whole, or in halves where it is too large for one package; newest first.

    Yields what was really read, each time with the task that it fulfils. Raises ContractBroken when halving does not
    help.
    """
    try:
        yield task, list(resource.read(api, task))
    except (TooLarge, PagingIgnored) as error:
        halves = task.window.halves() if task.window else None
        if halves is None:
            raise ContractBroken(
                f"{api.client.vendor} {resource.name}: {error}, even in the smallest window ({task.window})."
                " The API seems to ignore its page parameter; nothing of this window was loaded."
            ) from error
        for half in halves:
            yield from read_all(resource, api, replace(task, window=half))


def hints(table: Table) -> dict[str, Any]:
    """dlt's hints for a table: merge on the key; replace sets by their parent; append websites that are new."""
    columns: dict[str, Any] = {name: {"data_type": "json"} for name, kind in table.columns.items() if kind is Kind.JSON}
    if table.replaced_by:
        columns["_gone"] = {"data_type": "bool", "hard_delete": True}
    return {
        "primary_key": list(table.key),
        "columns": columns,
        "write_disposition": {
            "disposition": "merge",
            "strategy": "insert-only" if table.append_only else "delete-insert",
        },
    } | ({"merge_key": list(table.replaced_by)} if table.replaced_by else {})


def as_dlt(table: Table, arrow: Sequence[pa.Table]) -> DltResource:
    """Arrow tables of one pinned table as a dlt resource."""
    resource: DltResource = dlt.resource(list(arrow), name=table.name, **hints(table))
    return resource


@dataclass
class Standalone:
    """Chooses the windows for a source that runs without Leadpath, in any dlt pipeline."""

    vendor: Vendor
    api: Any
    since: datetime
    until: datetime
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _read: dict[str, list[Batch]] = field(default_factory=dict)

    def resources(self) -> list[DltResource]:
        """One dlt resource per Leadpath resource; those with several tables name the table with each item."""
        return [
            dlt.resource(self._items(resource), name=resource.name, **hints(resource.tables[0]))
            for resource in self.vendor.resources
        ]

    def _items(self, resource: Resource) -> Callable[[], Iterator[Any]]:
        def items() -> Iterator[Any]:
            for table in resource.tables:
                yield self._marked(resource, table, table.empty())
            for batch in self._batches(resource):
                yield self._marked(resource, batch.table, batch.arrow)

        return items

    def _marked(self, resource: Resource, table: Table, arrow: pa.Table) -> Any:
        if table is resource.tables[0]:
            return arrow
        return dlt.mark.with_hints(
            arrow, dlt.mark.make_hints(table_name=table.name, **hints(table)), create_table_variant=True
        )

    def _batches(self, resource: Resource) -> Iterator[Batch]:
        """What the resource holds. What others take their scopes and parents from is read once and kept."""
        tables = {table.name for table in resource.tables}
        drawn_on = {path[0] for r in self.vendor.resources for path in (*r.parents, *filter(None, [r.scoped_by]))}
        drawn_on |= {r.changed.table for r in self.vendor.resources if r.changed}
        if not tables & drawn_on:
            yield from self._reading(resource)
            return
        if resource.name not in self._read:
            self._read[resource.name] = list(self._reading(resource))
        yield from self._read[resource.name]

    def _reading(self, resource: Resource) -> Iterator[Batch]:
        for own, api in self._apis.items():
            for scope in self._values(*resource.scoped_by) if resource.scoped_by else [own]:
                for task in self._tasks(resource, scope):
                    for _, batches in read_all(resource, api, task):
                        yield from batches

    def _tasks(self, resource: Resource, scope: str) -> Iterator[Task]:
        whole = Window(self.since, self.until) if resource.cadence in ("windows", "changes") else None
        task = Task(scope, whole, self.since, self.now)
        if resource.changed is None:
            parents = {value for path in resource.parents for value in self._values(*path)}
            yield replace(task, parents=tuple(sorted(parents)))
            return
        spans = sorted(self._spans(resource.changed, scope).items())
        for start in range(0, len(spans), PARENTS_AT_ONCE):
            part = dict(spans[start : start + PARENTS_AT_ONCE])
            yield replace(task, parents=tuple(part), spans=part)

    @cached_property
    def _apis(self) -> dict[str, Any]:
        """The API of each scope that has a credential of its own; raises what keeps us out of one."""
        if self.vendor.scopes is None:
            return {"": self.api}
        opened = list(self.vendor.scopes(self.api))
        for scope in opened:
            if scope.error:
                raise scope.error
        return {scope.name: scope.api for scope in opened}

    def _spans(self, changed: ChangedParents, scope: str) -> dict[str, Window]:
        """Each parent of the scope, with the stretch of time that its rows stand for."""
        owner = next(r for r in self.vendor.resources if any(t.name == changed.table for t in r.tables))
        columns = [changed.scope, changed.parent, changed.start, changed.end]
        parts = [b.arrow.select(columns) for b in self._batches(owner) if b.table.name == changed.table]
        if not parts:
            return {}
        rows = pa.concat_tables(parts)
        rows = rows.filter(pc.equal(rows.column(changed.scope), scope))
        found = rows.group_by(changed.parent).aggregate([(changed.start, "min"), (changed.end, "max")])
        return {
            row[changed.parent]: Window(
                row[f"{changed.start}_min"] or self.since, row[f"{changed.end}_max"] or self.until
            )
            for row in found.to_pylist()
            if row[changed.parent]
        }

    def _values(self, table: str, column: str) -> list[str]:
        owner = next(r for r in self.vendor.resources if any(t.name == table for t in r.tables))
        columns = [batch.arrow.column(column) for batch in self._batches(owner) if batch.table.name == table]
        return sorted({str(value) for column in columns for value in column.to_pylist() if value is not None})


def moment(value: str | date | datetime) -> datetime:
    """A UTC moment from an ISO text, a date (its midnight) or a datetime (UTC when it has no zone)."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 (the zone is given below)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
