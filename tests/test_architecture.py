"""The arrows in the README, checked: who may import whom, and which models may read what."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sorted(path for part in ("sources", "pipelines", "sandbox") for path in (ROOT / part).rglob("*.py"))
MODELS = sorted((ROOT / "sql" / "models").rglob("*.sql"))
VENDORS = ("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm")
OURS = ("sources", "pipelines", "sandbox", "tests", "benchmarks")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

# layer of a model -> layers that it may read; only staging reads raw and the reference lists. What an increment makes
# again is asked of every layer, and told to those that grow.
MAY_REF = {
    "staging": set(),
    "intermediate": {"staging", "intermediate", "this_build"},
    "this_build": {"staging", "intermediate", "this_build", "marts"},
    "marts": {"staging", "intermediate", "this_build", "marts"},
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, in whatever function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            found.add(str(node.module))
    return found


def test_there_is_something_to_check() -> None:
    assert len(PYTHON) > 20
    assert len(MODELS) > 20


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    names = imports(path)
    ours = {name for name in names if name.split(".")[0] in OURS}
    if parts[0] == "sandbox":
        assert all(name.startswith("sandbox") for name in ours), "the sandbox stands alone"
        foreign = {name.split(".")[0] for name in names - ours} - set(sys.stdlib_module_names)
        assert foreign <= {"jwt"}, f"the sandbox needs nothing but the standard library: {foreign}"
    if parts[0] == "sources":
        assert all(name.startswith("sources") for name in ours), "sources know no pipeline and no sandbox"
        assert not names & {"duckdb", "dbt", "typer", "rich"}, "sources know no destination and no terminal"
        if parts[1] in VENDORS:
            others = {name for name in ours for vendor in VENDORS if name.startswith(f"sources.{vendor}")}
            assert all(name.startswith(f"sources.{parts[1]}") for name in others), "vendors do not know each other"
        else:
            assert not [name for name in ours if name.split(".")[1:2] and name.split(".")[1] in VENDORS]
    if parts[0] == "pipelines":
        assert all(name.startswith(("sources", "pipelines")) for name in ours)
        assert "requests" not in names, "pipelines speak no vendor's HTTP"
    assert not DRAWERS & {part.removesuffix(".py") for part in parts}, "a drawer is no place"


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_says_its_grain_and_reads_only_what_its_layer_may(path: Path) -> None:
    text = path.read_text("utf-8")
    layer = path.relative_to(ROOT / "sql" / "models").parts[0]
    assert text.lstrip().lower().startswith("-- one row per"), "the first line says the grain"
    layers = {model.stem: model.relative_to(ROOT / "sql" / "models").parts[0] for model in MODELS}
    referred = set(re.findall(r"ref\('(\w+)'\)", text))
    assert {layers[name] for name in referred} <= MAY_REF[layer]
    raw = {name for name in re.findall(r"source\('(\w+)'", text) if name.startswith("raw")}
    assert not raw or layer == "staging", "only staging reads raw"
    assert not re.search(r"\b(now|today|current_timestamp|current_date|random|uuid)\s*\(", text, re.IGNORECASE), (
        "no model reads the clock or throws dice: the same raw tables give the same marts"
    )
    assert not re.search(r"\b(qualify|asof)\b", re.sub(r"--.*", "", text), re.IGNORECASE), "not portable"


def test_no_vendor_is_named_in_the_generic_parts() -> None:
    """The engine knows resources and windows; vendors are data to it."""
    sources = ROOT / "sources"
    rooms = [file for room in ("http", "walks", "rows") for file in (sources / room).glob("*.py")]
    for file in (*sources.glob("*.py"), *rooms):
        text = file.read_text("utf-8")
        code = "\n".join(ast.unparse(node) for node in ast.parse(text).body if not isinstance(node, ast.Expr))
        bare = re.sub(r'"""(.|\n)*?"""', "", code)
        found = [vendor for vendor in VENDORS if re.search(rf"['\"]{vendor}", bare)]
        assert not found, f"{file} names {found}"
