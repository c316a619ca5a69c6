"""One reading that is due, as plans make it and readings take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.warehouse.windows import Planned
from sources.vendor import Resource, Windows
from sources.window import Window

# why a window is read whole, so that what it no longer lists is gone
SWEEPS = ("reread", "sweep")


@dataclass(frozen=True)
class Job:
    """One reading that is due. `spans` and `marks` are per parent, where children are read parent by parent."""

    resource: Resource
    scope: str
    planned: Planned
    dated: bool = True
    parents: tuple[str, ...] = ()
    spans: Mapping[str, Window] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> str | None:
        """The column of the main table that says to which window a row belongs; None where all of a list is read."""
        cadence = self.resource.cadence
        return cadence.moment if self.dated and isinstance(cadence, Windows) else None

    @property
    def sought(self) -> list[str]:
        """The columns by which it is told which rows the vendor no longer has; none where this reading cannot tell."""
        is_window = self.dated and self.resource.dated
        tells = self.moment is not None and self.planned.reason in SWEEPS if is_window else True
        if self.parents or not self.resource.is_swept or not tells:
            return []
        return [*self.resource.tables[0].key, *filter(None, [self.moment])]
