"""Of what a credential reaches, the part that a setting names: customers of one agency share a token, no more."""

from collections.abc import Hashable, Iterable, Iterator, Sequence

from sources.errors import SettingError
from sources.rows.table import Row

SHOWN = 10


def chosen(
    pages: Iterable[Sequence[Row]], wanted: Sequence[str], columns: Sequence[str], setting: str
) -> Iterator[Sequence[Row]]:
    """The rows of which a column holds a wanted text; all when none is wanted.

    Raises SettingError after the last page where a wanted one was not found: it names the setting and what there is.
    """
    found: set[Hashable] = set()
    there: list[str] = []
    for page in pages:
        if not wanted:
            yield page
            continue
        rows = []
        for row in (row for row in page if isinstance(row, dict)):
            texts = [str(row.get(column) or "").strip() for column in columns]
            there.append(" or ".join(filter(None, texts)))
            if here := set(texts) & set(wanted):
                rows.append(row)
                found |= here
        yield rows
    if lost := [one for one in wanted if one not in found]:
        listed = ", ".join(sorted(there)[:SHOWN]) or "none"
        raise SettingError(f"{setting}: the credential reaches no {lost[0]!r}; there are: {listed}. Nothing was read.")
