"""Any vendor as a dlt source of its own, in any pipeline: `dlt.pipeline(...).run(snitcher(since="2026-08-01"))`."""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from sources.http.budget import Budget, Stop
from sources.rows.table import Batch, Column, Table
from sources.rows.values import Kind
from sources.vendor import ChildrenOfChanged, Followed, ForEach, Resource, Task, Vendor, Windows, read_all
from sources.window import Window

# what a source that runs alone reads at once
PARENTS_AT_ONCE = 100


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
        if not tables & {column.table for r in self.vendor.resources for column in r.draws_on}:
            yield from self._reading(resource)
            return
        if resource.name not in self._read:
            self._read[resource.name] = list(self._reading(resource))
        yield from self._read[resource.name]

    def _reading(self, resource: Resource) -> Iterator[Batch]:
        for own, api in self._apis.items():
            for scope in self._values(resource.scope) if resource.scope else [own]:
                for task in self._tasks(resource, scope):
                    batches: list[Batch] = []
                    for _ in read_all(resource, api, task, partial(_keep, batches)):
                        yield from batches
                        batches.clear()

    def _tasks(self, resource: Resource, scope: str) -> Iterator[Task]:
        cadence = resource.cadence
        whole = Window(self.since, self.until) if isinstance(cadence, (Windows, Followed)) else None
        # of a key that comes twice dlt keeps any: a walk is given at once, with the row that arrived last
        task = Task(scope, whole, self.since, self.now, at_once=sys.maxsize)
        if not isinstance(cadence, ChildrenOfChanged):
            columns = cadence.columns if isinstance(cadence, ForEach) else ()
            parents = {value for column in columns for value in self._values(column)}
            yield replace(task, parents=tuple(sorted(parents)))
            return
        spans = sorted(self._spans(cadence, scope).items())
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

    def _spans(self, children: ChildrenOfChanged, scope: str) -> dict[str, Window]:
        """Each parent of the scope, with the stretch of time that its rows stand for."""
        table, parent = children.parent
        columns = [children.scope, parent, children.start, children.end]
        parts = [batch.arrow.select(columns) for batch in self._of(table)]
        if not parts:
            return {}
        rows = pa.concat_tables(parts)
        rows = rows.filter(pc.equal(rows.column(children.scope), scope))
        found = rows.group_by(parent).aggregate([(children.start, "min"), (children.end, "max")])
        return {
            row[parent]: Window(row[f"{children.start}_min"] or self.since, row[f"{children.end}_max"] or self.until)
            for row in found.to_pylist()
            if row[parent]
        }

    def _values(self, column: Column) -> list[str]:
        columns = [batch.arrow.column(column.name) for batch in self._of(column.table)]
        return sorted({str(value) for one in columns for value in one.to_pylist() if value is not None})

    def _of(self, table: str) -> Iterator[Batch]:
        """The batches of one table."""
        owner = next(r for r in self.vendor.resources if any(t.name == table for t in r.tables))
        return (batch for batch in self._batches(owner) if batch.table.name == table)


def _keep(batches: list[Batch], _: Task, part: list[Batch]) -> None:
    batches.extend(part)


def source(vendor: Vendor) -> Any:
    """The vendor as a `dlt.source`. Its parameters are `since`, `until`, and one for each declared setting.

    `since` is the first moment of the history, inclusive; `until` its end, exclusive, now when not given: ISO texts,
    dates (their UTC midnight) or datetimes. A needed setting that is not given is looked up by dlt.
    """
    settings = [one for one in vendor.settings.settings() if not one.name.endswith("_resources")]
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    times = str | date | datetime
    signature = inspect.Signature(
        [
            inspect.Parameter("since", keyword, annotation=times),
            inspect.Parameter("until", keyword, annotation=times | None, default=None),
            *(
                inspect.Parameter(
                    one.name, keyword, annotation=str, default=dlt.secrets.value if one.needed else one.default
                )
                for one in settings
            ),
        ]
    )

    def read(*args: Any, **given: Any) -> list[DltResource]:
        values = signature.bind(*args, **given).arguments
        since, until = moment(values["since"]), moment(values.get("until") or datetime.now(UTC))
        api = vendor.open({one.variable: values.get(one.name, "") for one in settings}, Budget, Stop())
        return Standalone(vendor, api, since, until).resources()

    # dlt looks at a function's signature to know what it may be given by configuration
    read.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it of any function
    read.__name__ = read.__qualname__ = vendor.name
    explained = "".join(f"\n    {one.name}: {one.about}" for one in settings)
    read.__doc__ = f"Read a stretch of time of {vendor.title} into any dlt destination.\n\nArgs:{explained}"
    return dlt.source(read, name=vendor.name, section=vendor.name, max_table_nesting=0)


def moment(value: str | date | datetime) -> datetime:
    """A UTC moment from an ISO text, a date (its midnight) or a datetime (UTC when it has no zone)."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 (the zone is given below)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
