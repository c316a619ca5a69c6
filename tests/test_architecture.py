"""What a place may hold, and which models may read what. Who may import whom is import-linter's (pyproject.toml)."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sorted(path for part in ("sources", "pipelines", "sandbox") for path in (ROOT / part).rglob("*.py"))
MODELS = sorted((ROOT / "sql" / "models").rglob("*.sql"))
VENDORS = ("snitcher", "snapcall", "smartlook", "usersnap", "snapcrm")
SPOKEN = {".py", ".sql", ".yml", ".md"}
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
    """Every module that a file imports, in any function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


def test_there_is_something_to_check() -> None:
    assert len(PYTHON) > 20
    assert len(MODELS) > 20


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_has_a_place_of_its_own(path: Path) -> None:
    """Which rooms may use which is held by import-linter (pyproject.toml)."""
    parts = path.relative_to(ROOT).parts
    assert not DRAWERS & {part.removesuffix(".py") for part in parts}, "a drawer is no place"
    if parts[0] == "sandbox":
        foreign = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"sandbox", "jwt"}
        assert not foreign, f"the sandbox needs nothing but the standard library: {foreign}"


def test_a_long_file_says_why_on_its_first_line() -> None:
    """More than 300 lines are more than one subject, unless the first line says why they stay together."""
    files = [*PYTHON, *(ROOT / "benchmarks").rglob("*.py")]
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8").splitlines() for path in files}
    long = {name: len(lines) for name, lines in texts.items() if len(lines) > 300}
    assert long.keys() <= {name for name in long if "one file because" in texts[name][0].lower()}, long


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_says_its_grain_and_reads_only_what_its_layer_may(path: Path) -> None:
    text = path.read_text("utf-8")
    layer = path.relative_to(ROOT / "sql" / "models").parts[0]
    assert text.lstrip().lower().startswith("-- one row per"), "the first line says the grain"
    layers = {model.stem: model.relative_to(ROOT / "sql" / "models").parts[0] for model in MODELS}
    referred = set(re.findall(r"ref\('(\w+)'\)", text))
    # a vendor's contacts are made of what else its staging models say
    own = {name for name in referred if name.split("__")[0] == path.stem.removesuffix("__contacts")}
    assert {layers[name] for name in referred - own} <= MAY_REF[layer]
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


def test_comments_are_in_plain_english() -> None:
    stilted = re.compile(r"\b(anew|whatever|whoever|likewise)\b", re.IGNORECASE)
    folders = ("sources", "pipelines", "sandbox", "benchmarks", "sql", "docs", "tests")
    files = [path for name in folders for path in sorted((ROOT / name).rglob("*")) if path.suffix in SPOKEN]
    said = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*files, ROOT / "README.md", ROOT / "Makefile"]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if stilted.search(line) and "re.compile" not in line
    ]
    assert said == []
