"""One reading that is due, as plans make it and readings take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.warehouse.windows import Planned
from sources.vendor import Resource
from sources.window import Window


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
