"""What of a raw table's rows is about a person or a company, so that it can be erased."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Personal:
    """How a person is erased from a table.

    A row is the person's where a column of `tells` names them: then it goes (`is_erased`), or its `columns` are
    emptied. Elsewhere a mention is taken out of its value, and the rest of the row stays. Where `author` holds another
    address, who is mentioned beside it is somebody else.

    `ids` are the columns that name whom the row is about, as the vendor knows them; `of` is the word for what they
    name. Where a column of `known_by` names the person, all rows with these ids are theirs. The `links` of other tables
    to such an id are emptied.
    """

    columns: Sequence[str] = ()
    tells: Sequence[str] = ()
    is_erased: bool = False
    author: str = ""
    of: str = ""
    ids: Sequence[str] = ()
    known_by: Sequence[str] = ()
    links: Sequence[str] = ()

    @property
    def named(self) -> set[str]:
        """All columns that are named here."""
        author = (self.author,) if self.author else ()
        return {*self.columns, *self.tells, *author, *self.ids, *self.known_by, *self.links}


NOTHING = Personal()
