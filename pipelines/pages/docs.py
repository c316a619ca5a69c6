"""`leadpath docs`: the data dictionary, made of the project's own files; it needs no warehouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.build.dictionary import Described, described
from pipelines.pages.lineage import lineage
from pipelines.pages.report import environment, replace_folder

# a column of this name means a row of that table, wherever it stands; or in one table alone
REFERENCES = {
    "company_key": "dim_companies",
    "session_key": "fct_sessions",
    "first_session_key": "fct_sessions",
    "lead_key": "fct_leads",
    "touchpoint_key": "fct_touchpoints",
    "button_id": "dim_buttons",
    "agent_email": "dim_agents",
    "schedule_template_id": "dim_schedule_templates",
    "fct_feedback.project_id": "dim_feedback_projects",
    "dim_feedback_assignees.project_id": "dim_feedback_projects",
}

BOX, GAP, ROW, BETWEEN = 210, 64, 20, 18


@dataclass(frozen=True)
class Reference:
    """A column whose values are keys of another table; `key` is its column there."""

    table: str
    column: str
    to: str
    key: str


@dataclass(frozen=True)
class Box:
    """A table of the diagram with its columns that refer, and where its upper left corner is."""

    table: str
    columns: tuple[str, ...]
    x: int
    y: int

    @property
    def height(self) -> int:
        """Its height: a line for its name, and one for each column."""
        return ROW * (1 + len(self.columns)) + 8


def references(tables: Sequence[Described]) -> list[Reference]:
    """Which columns of the marts refer to which table."""
    keys = {table.name: table.columns[0].name for table in tables}
    return [
        Reference(table.name, column.name, to, keys[to])
        for table in tables
        for column in table.columns
        if table.schema == "marts"
        and (to := REFERENCES.get(f"{table.name}.{column.name}") or REFERENCES.get(column.name))
        and to != table.name
    ]


def diagram(found: Sequence[Reference]) -> tuple[list[Box], list[str], int, int]:
    """Boxes, curves between them, width and height: what is referred to stands further right."""
    tables = sorted({each.table for each in found} | {each.to for each in found})
    depth = dict.fromkeys(tables, 0)
    for _ in tables:
        for each in found:
            depth[each.table] = max(depth[each.table], depth[each.to] + 1)
    deepest = max(depth.values(), default=0)
    boxes: dict[str, Box] = {}
    for level in range(deepest, -1, -1):
        y = 1
        for name in (table for table in tables if depth[table] == level):
            columns = tuple(each.column for each in found if each.table == name)
            boxes[name] = Box(name, columns, 1 + (deepest - level) * (BOX + GAP), y)
            y += boxes[name].height + BETWEEN
    curves = []
    for each in found:
        box, to = boxes[each.table], boxes[each.to]
        x, y = box.x + BOX, box.y + ROW * (1 + box.columns.index(each.column)) + 14
        curves.append(f"M{x} {y}C{x + GAP // 2} {y} {to.x - GAP // 2} {to.y + 14} {to.x} {to.y + 14}")
    height = max((box.y + box.height for box in boxes.values()), default=0) + 1
    return list(boxes.values()), curves, (deepest + 1) * (BOX + GAP) - GAP + 2, height


def write_docs(folder: Path) -> Path:
    """Write the data dictionary into the folder, in the place of what is there. Raises NotWritten."""
    tables, made = described(), lineage()
    found = references(tables)
    boxes, curves, width, height = diagram(found)
    page = environment().get_template("dictionary.html")
    text = page.render(
        tables=tables,
        references=found,
        refers={(each.table, each.column): each for each in found},
        boxes=boxes, curves=curves, width=width, height=height, box_width=BOX, row=ROW,
        raw={table.name: made.raw_tables(table.name) if table.schema == "marts" else [] for table in tables},
        fields={
            (table.name, column.name): made.fields(table.name, table.columns[0].name, column.name)
            for table in tables if table.schema == "marts" for column in table.columns
        },
    )  # fmt: skip
    replace_folder(folder, {"index.html": text})
    return folder / "index.html"
