"""The wheel: all of Leadpath inside one package, `leadpath`, while a checkout keeps its folders at the root.

So an installed Leadpath takes no name from its neighbours, many of which have a `sources` or `pipelines` of their own.
The import lines of the copies name the package; nothing else of them changes, their line numbers included.
"""

import re
import shutil
import sys
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

PACKAGE = "leadpath"
ROOMS = ("pipelines", "sources", "sandbox")
OF_A_ROOM = re.compile(rf"^( *(?:from|import) )({'|'.join(ROOMS)})(?=[. ])", re.MULTILINE)
A_ROOM = re.compile(rf"^( *)import ({'|'.join(ROOMS)})$", re.MULTILINE)


class OnePackage(build_py):
    """Copies the modules, and lets them import each other from the package."""

    def run(self) -> None:
        """Copy all; a module that an earlier build left is not to come along."""
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()

    def build_module(self, module: str, module_file: str, package: str) -> tuple[str, bool]:
        """Copy one."""
        copied, is_new = super().build_module(module, module_file, package)
        text = A_ROOM.sub(rf"\1from {PACKAGE} import \2", Path(copied).read_text("utf-8"))
        Path(copied).write_text(OF_A_ROOM.sub(rf"\1{PACKAGE}.\2", text), "utf-8")
        return copied, is_new


found = find_packages(include=[PACKAGE, *(f"{room}*" for room in ROOMS)])
if "editable_wheel" in sys.argv:
    setup(packages=found)
else:
    setup(
        packages=[PACKAGE, f"{PACKAGE}.sql", *(f"{PACKAGE}.{name}" for name in found if name != PACKAGE)],
        package_dir={f"{PACKAGE}.{folder}": folder for folder in (*ROOMS, "sql")},
        package_data={
            f"{PACKAGE}.sql": ["**/*.sql", "**/*.yml", "**/*.csv"],
            f"{PACKAGE}.pipelines.pages": ["questions/*.sql", "templates/*"],
        },
        cmdclass={"build_py": OnePackage},
    )
