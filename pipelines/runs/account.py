"""What a vendor's part of a run has cost, and what stopped in it."""

from dataclasses import dataclass, field
from typing import Protocol

from sources.http.budget import Budget


@dataclass(frozen=True)
class Failure:
    """What stopped, and the sentence that says why and what to do; `again`: the vendor was down already."""

    resource: str
    scope: str
    sentence: str
    again: bool = False


@dataclass
class Cost:
    """What one resource cost in this run, and brought."""

    rows: int = 0
    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    unknown: set[str] = field(default_factory=set)
    left: int = 0


class Account(Protocol):
    """What is told of a vendor that is being read: failures, the cost of each resource, budgets."""

    failures: list[Failure]
    costs: dict[str, Cost]
    budgets: list[Budget]
