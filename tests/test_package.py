"""The wheel: one package that holds all, and works where nothing of it can be written."""

import ast
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("pipelines", "sources", "sandbox")
# a root without capabilities may do what an ordinary user may
AS_A_USER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
# what an analyst writes in a notebook
NOTEBOOK = """
import sys
from leadpath.sources.snitcher import snitcher
source = snitcher(since="2026-08-01")
print(source.name, *sorted(source.resources))
import leadpath
try:
    leadpath.connect("nowhere")
except Exception as error:
    print(error)
assert not {"pipelines", "sources", "sandbox"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder `site-packages` of an environment in which the wheel is installed, for reading alone."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    # what the container is built of is enough
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if line.startswith("!"):
            path = ROOT / line[1:]
            copy = shutil.copytree if path.is_dir() else shutil.copyfile
            source.mkdir(exist_ok=True)
            copy(path, source / path.name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "wheel", *offline, "--wheel-dir", str(folder), str(source)], check=True, timeout=120)
    (wheel,) = folder.glob("leadpath-*.whl")
    venv.create(folder / "env", symlinks=True)
    packages = next((folder / "env" / "lib").glob("python*/site-packages"))
    subprocess.run([*pip, "--python", str(folder / "env"), "install", *offline, str(wheel)], check=True, timeout=120)
    # the locked packages, and nothing of the checkout that is installed beside them
    shared = Path(next(path for path in sys.path if path.endswith("site-packages")))
    (packages / "locked.pth").write_text(f"{shared}\n", "utf-8")
    for path in (packages, *packages.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    yield packages
    for path in (packages, *packages.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def run(installed: Path, folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A program of the environment, as an ordinary user with an empty environment, in a folder of theirs."""
    own = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), **env}
    program = str(installed.parents[2] / "bin" / command[0])
    done = subprocess.run(
        [*AS_A_USER, program, *command[1:]],
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_wheel_takes_one_name_and_imports_by_it(installed: Path) -> None:
    ours = {path.name for path in installed.iterdir()} - {"locked.pth"}
    assert {name for name in ours if not name.endswith(".dist-info")} == {"leadpath"}
    for file in (installed / "leadpath").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        named = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        named += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        # what a process is started with
        texts = [str(node.value) for node in nodes if isinstance(node, ast.Constant)]
        named += [text for text in texts if re.fullmatch(rf"({'|'.join(ROOMS)})(\.\w+)+", text)]
        for name in named:
            assert name.split(".")[0] not in ROOMS, f"{file} names {name}, which has another name here"
            path = installed.joinpath(*name.split("."))
            assert not name.startswith("leadpath") or path.is_dir() or path.with_suffix(".py").is_file(), name


def test_the_wheel_holds_what_the_checkout_does(installed: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", *ROOMS, "sql"], cwd=ROOT, capture_output=True, text=True, check=True)
    data = {".py", ".sql", ".yml", ".csv", ".html", ".css"}
    wanted = [name for name in tracked.stdout.splitlines() if Path(name).suffix in data and "sql/lint/" not in name]
    assert len(wanted) > 300
    assert [name for name in wanted if not (installed / "leadpath" / name).is_file()] == []


def test_a_demo_runs_where_nothing_of_the_package_can_be_written(installed: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="denied"):
        run(installed, tmp_path, "python", "-c", f"open({str(installed / 'leadpath' / 'new')!r}, 'w')")
    before = {path: path.stat().st_mtime_ns for path in installed.rglob("*")}
    said = run(installed, tmp_path, "leadpath", "demo").stderr
    assert "marts.company_360" in said
    demo = {"LEADPATH_DATA_DIR": "data/demo"}
    counted = run(
        installed, tmp_path, "leadpath", "query", "--format", "csv", "select count(*) from marts.company_360", **demo
    )
    assert int(counted.stdout.splitlines()[-1]) > 50
    assert run(installed, tmp_path, "leadpath", "--version").stdout == f"leadpath {version('leadpath')}\n"
    run(installed, tmp_path, "python", "-m", "leadpath", "docs", "--output", "dictionary")
    assert "company_360" in (tmp_path / "dictionary" / "index.html").read_text("utf-8")
    run(installed, tmp_path, "leadpath", "report", **demo)
    assert {path: path.stat().st_mtime_ns for path in installed.rglob("*")} == before
    assert f"LEADPATH_DATA_DIR=data/demo {installed.parents[2] / 'bin' / 'leadpath'} query" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "dictionary"]


def test_a_source_is_imported_from_the_package(installed: Path, tmp_path: Path) -> None:
    said = run(installed, tmp_path, "python", "-c", NOTEBOOK, SNITCHER_API_TOKEN="none")
    assert said.stdout.startswith("snitcher ") and " sessions" in said.stdout
    assert "nowhere does not exist yet" in said.stdout
