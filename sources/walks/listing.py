"""A list as a client gives it: pages of the vendor's rows, and at their end what was walked for them."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec

from sources.rows.table import Completeness, Row

Asked = ParamSpec("Asked")
Pages = Generator[Sequence[Row], None, list[Completeness]]


@dataclass
class Listing:
    """Pages of the vendor's rows, read while they are iterated over, once; after that `walks` says what was walked."""

    pages: Pages
    walks: list[Completeness] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sequence[Row]]:
        """Yield each page."""
        self.walks = yield from self.pages


def listed(read: Callable[Asked, Pages]) -> Callable[Asked, Listing]:
    """Have a generator of pages, which returns its walks, give a Listing."""

    @wraps(read)
    def listing(*args: Asked.args, **given: Asked.kwargs) -> Listing:
        return Listing(read(*args, **given))

    return listing
