"""What a vendor is made of: settings, and resources that are read at their cadence into pinned tables.

Leadpath's own runs and a bare `dlt.pipeline(...).run(snitcher(...))` read through the same functions; only who chooses
the windows differs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from sources.errors import ContractBroken, SourceError
from sources.http.budget import Budget, Stop
from sources.http.client import Client
from sources.limit import Limit
from sources.rows.parts import PART, parts
from sources.rows.table import Batch, Column, Table
from sources.settings import VendorSettings
from sources.walks.pages import PagingIgnored, TooLarge
from sources.window import Window

S = TypeVar("S", bound=VendorSettings)
BudgetMaker = Callable[[Limit, str], Budget]


class Api(Protocol):
    """A vendor's client; `client` counts what it costs."""

    client: Client


@dataclass(frozen=True)
class Task:
    """One reading: of which scope and window (None: no dates, everything), with which parents.

    `since` is where history begins: earlier rows that an answer brings along are dropped, so that the tables do not
    depend on how the vendor cuts its days. `now` is the moment that a loaded row bears. `spans` gives the stretch that
    is missing of each parent, where children are read parent by parent. `at_once` is how much a reading gives at once,
    in bytes of Arrow.
    """

    scope: str
    window: Window | None
    since: datetime
    now: datetime
    parents: tuple[str, ...] = ()
    spans: Mapping[str, Window] = field(default_factory=dict)
    at_once: int = PART


@dataclass(frozen=True)
class Windows:
    """Read by time, newest first, and again inside the lookback. `longest` is the most days that one window spans;
    with `whole_reread` the weekly re-read asks for the whole list.

    `moment` is the column of the main table whose time says to which window a row belongs, and never changes: a window
    that is read again shows with it which rows the vendor no longer has.
    """

    longest: int = 31
    whole_reread: bool = False
    moment: str | None = None


@dataclass(frozen=True)
class Whole:
    """The whole list, once a day; in `each_run` where others hang on it."""

    each_run: bool = False


@dataclass(frozen=True, init=False)
class ForEach:
    """One read per value that these columns hold, once a day: the reading is given the values as parents."""

    columns: tuple[Column, ...]

    def __init__(self, *columns: Column) -> None:
        object.__setattr__(self, "columns", columns)


@dataclass(frozen=True)
class ChildrenOfChanged:
    """The children of parents that a row was loaded for since their children were read.

    The columns say of such a row whose it is (`parent`, in the scope of column `scope`) and which stretch of time it
    stands for (`start` to `end`). `route` is the route of the children, whose budget says when a chunk had better be
    loaded than kept waiting.
    """

    parent: Column
    scope: str
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
class Followed:
    """A list that is followed by last change, newest first.

    `latest(api, task)` reads down to `task.window.start`, the mark of an earlier reading; without a window it reads one
    page. Its `count` is compared with the rows held of the scope that were created since `task.since` (column
    `created`). The resource's `read` gives a window of rows by their creation, oldest first, page by page; where
    somebody asks for certain days, of at most `longest` days.
    """

    latest: Callable[[Any, Task], Latest]
    created: str
    longest: int = 31


Cadence = Windows | Whole | ForEach | ChildrenOfChanged | Followed


@dataclass(frozen=True)
class Resource:
    """One thing to read: its tables (the main one first), the function that reads it, and how often.

    The function gives batches. Those of several tables come in parts that can be stored by themselves, each beginning
    with a batch of the main table.

    `scope` is the column whose current values are the scopes; without it there is one scope, "". `within` is the column
    of the main table that bears the scope. `newest` is the column of the main table that says how fresh its rows are.
    """

    name: str
    tables: tuple[Table, ...]
    read: Callable[[Any, Task], Iterator[Batch]]
    cadence: Cadence
    scope: Column | None = None
    within: str | None = None
    newest: str | None = None

    @property
    def is_swept(self) -> bool:
        """Whether rows that its vendor no longer has can be told: its main table has a column for it.

        A list that is read by time tells it where its rows have a moment, or where all of it is read again.
        """
        if "missing_since" not in self.tables[0].columns:
            return False
        return not isinstance(self.cadence, Windows) or bool(self.cadence.moment) or self.cadence.whole_reread

    def of_scope(self, scope: str) -> dict[str, str]:
        """The column of the main table that bears the scope, with its value; empty where there is one scope."""
        return {self.within: scope} if self.within else {}

    @property
    def dated(self) -> bool:
        """Whether it is read by time."""
        return isinstance(self.cadence, (Windows, Followed))

    @property
    def draws_on(self) -> tuple[Column, ...]:
        """The columns that say what is read: of its scopes, its values, its parents."""
        cadence = self.cadence
        values = cadence.columns if isinstance(cadence, ForEach) else ()
        parents = (cadence.parent,) if isinstance(cadence, ChildrenOfChanged) else ()
        return (*filter(None, [self.scope]), *values, *parents)


@dataclass(frozen=True)
class Scope:
    """A scope that a credential of its own reaches, with the API to read it by; or the error that keeps us out."""

    name: str
    api: Api
    error: SourceError | None = None


@dataclass(frozen=True)
class Connection(Generic[S]):
    """What a vendor's API client is made of: checked settings, and HTTP clients that are paced."""

    title: str
    settings: S
    budgets: BudgetMaker
    stop: Stop

    def client(
        self,
        credential: str,
        sign: Callable[[], Mapping[str, str]],
        hint: str,
        *,
        budget_per_route: bool = False,
        secrets: tuple[str, ...] = (),
        renew: Callable[[], None] | None = None,
        explain: Callable[[Mapping[str, str]], str] | None = None,
    ) -> Client:
        """A client for one credential, which has the budget of the settings: one in all, or one per route.

        `sign`, `hint`, `renew` and `explain` are those of `Client`. No secret of the settings, and none of `secrets`,
        appears in a message.
        """
        limit = Limit.parse(self.settings.rate_limit)
        made = {} if budget_per_route else {"": self.budgets(limit, credential)}

        def budget_for(route: str) -> Budget:
            if not budget_per_route:
                return made[""]
            if route not in made:
                made[route] = self.budgets(limit, f"{credential} {route}")
            return made[route]

        return Client(
            vendor=self.title,
            url=self.settings.url,
            sign=sign,
            hint=hint,
            budget_for=budget_for,
            secrets=(*self.settings.secrets, *secrets),
            stop=self.stop,
            renew=renew,
            explain=explain,
        )


@dataclass(frozen=True)
class Vendor:
    """A vendor, declared in its folder and nowhere else.

    `connect(connection)` returns its API client. `probe(api)` makes one cheap read and says what the credential
    reaches. `scopes(api)` opens the scopes of a vendor whose credentials reach one each: they are read
    side by side, and one that fails stops no other. A vendor without resources takes leads and gives nothing to read.
    `forgets_after`: after so many days, by the customer's plan, it deletes its records. `kinds` are those of its
    records that belong to a company, as `entity_type` has them.
    """

    name: str
    title: str
    settings: type[VendorSettings]
    tables: tuple[Table, ...]
    resources: tuple[Resource, ...]
    connect: Callable[[Connection[Any]], Any]
    probe: Callable[[Any], str]
    scopes: Callable[[Any], Iterable[Scope]] | None = None
    forgets_after: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()

    def table(self, name: str) -> Table:
        """One of its tables."""
        return next(table for table in self.tables if table.name == name)

    def open(self, values: Mapping[str, str], budgets: BudgetMaker, stop: Stop) -> Any:
        """Its API client. `values` maps names in the environment to texts. Raises SettingError."""
        return self.connected(self.settings.read(values), budgets, stop)

    def connected(self, settings: VendorSettings, budgets: BudgetMaker, stop: Stop) -> Any:
        """Its API client, from checked settings. Raises SettingError where they cannot be used together."""
        return self.connect(Connection(self.title, settings, budgets, stop))


def read_all(resource: Resource, api: Any, task: Task, take: Callable[[Task, list[Batch]], None]) -> Iterator[Task]:
    """Read a task whole, or in halves where its list is too long to be begun again; newest first.

    `take` is given each part as it comes, with its task. Yields the tasks that were read to their end. Raises
    ContractBroken when halving does not help.
    """
    try:
        for part in _parts(resource, resource.read(api, task), task.at_once):
            take(task, part)
        yield task
    except (TooLarge, PagingIgnored) as error:
        halves = task.window.halves() if task.window else None
        if halves is None:
            raise ContractBroken(
                f"{api.client.vendor} {resource.name}: {error}, even in the smallest window ({task.window})."
                " The API seems to ignore its page parameter; nothing of this window was loaded."
            ) from error
        for half in halves:
            yield from read_all(resource, api, replace(task, window=half), take)


def _parts(resource: Resource, batches: Iterator[Batch], at_once: int) -> Iterator[list[Batch]]:
    """Of one table pages are joined; what several tables hold together is in parts as the vendor's function made it."""
    if len(resource.tables) == 1:
        yield from parts(([batch] for batch in batches), at_once)
        return
    part: list[Batch] = []
    for batch in batches:
        if part and batch.table is resource.tables[0] and len(batch.arrow):
            yield part
            part = []
        part.append(batch)
    if part:
        yield part
