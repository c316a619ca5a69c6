"""What a walk gives, joined to parts of bounded size, each of which can be stored by itself.

Of a part there is one row per key, the one that arrived last. Parts are stored in order, so that a later one wins.
"""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sources.rows.table import Batch, Row

# bytes of Arrow: enough to be merged quickly, few enough to be held beside the page that is read
PART = 4 << 20
# rows that are converted at once: as dictionaries they take many times what Arrow does
ROWS_AT_ONCE = 1_000
# rows of one group, at most, among which those of the tables below it name theirs
GROUP = 1 << 32


def parts(groups: Iterable[Sequence[Batch]], most: int = PART) -> Iterator[list[Batch]]:
    """Join groups of batches to parts of about `most` bytes.

    A group is a batch of rows, and behind it those of the tables that are part of them, which bear the column `_row`
    with the number of their row in the group; so does the first one, where rows were taken out of it.
    """
    held: list[Sequence[Batch]] = []
    size = 0
    for group in groups:
        held.append(group)
        size += sum(batch.arrow.nbytes for batch in group)
        if size >= most:
            yield joined(held)
            held, size = [], 0
    if held:
        yield joined(held)


def joined(groups: Sequence[Sequence[Batch]]) -> list[Batch]:
    """One batch per table of these groups: one row per key, the one that arrived last, and below it its own rows."""
    above, *below = ([group[place] for group in groups] for place in range(len(groups[0])))
    rows = [_numbered(batch.arrow, place * GROUP) for place, batch in enumerate(above)]
    table = _latest(pa.concat_tables(rows), above[0].table.key)
    own = table.column("_row")
    found = [_one(above, table.drop_columns("_row"))]
    for batches in below:
        children = pa.concat_tables(_numbered(batch.arrow, place * GROUP) for place, batch in enumerate(batches))
        found.append(_one(batches, children.filter(pc.is_in(children.column("_row"), own)).drop_columns("_row")))
    return found


def merged(batches: Iterable[Batch]) -> list[Batch]:
    """These batches of one table as one, with one row per key, the one that arrived last; none of none."""
    return next(parts(([batch] for batch in batches), most=GROUP), [])


def gathered(pages: Iterable[Sequence[Row]], at_once: int = ROWS_AT_ONCE) -> Iterator[list[Row]]:
    """The rows of short pages together, so many that to convert them at once is worth it."""
    rows: list[Row] = []
    for page in pages:
        rows += page
        if len(rows) >= at_once:
            yield rows
            rows = []
    if rows:
        yield rows


def _latest(table: pa.Table, key: Sequence[str]) -> pa.Table:
    last = table.group_by(list(key)).aggregate([("_row", "max")]).column("_row_max")
    return table.filter(pc.is_in(table.column("_row"), last)) if len(last) < len(table) else table


def _numbered(arrow: pa.Table, start: int) -> pa.Table:
    if "_row" not in arrow.column_names:
        return arrow.append_column("_row", pa.array(range(start, start + len(arrow)), pa.int64()))
    place = arrow.schema.get_field_index("_row")
    return arrow.set_column(place, "_row", pc.add(arrow.column("_row"), pa.scalar(start, pa.int64())))


def _one(batches: Sequence[Batch], arrow: pa.Table) -> Batch:
    misfits = [misfit for batch in batches for misfit in batch.misfits]
    unknown: set[str] = set().union(*(batch.unknown for batch in batches))
    return Batch(batches[0].table, arrow, misfits, unknown, [walk for batch in batches for walk in batch.walks])
