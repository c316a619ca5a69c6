"""Where sets of Parquet files stand, a manifest beside them: a folder, or a bucket behind S3's API."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyarrow.fs import FileSelector, FileSystem

from pipelines.destination import Destination
from pipelines.export.snapshot import ExportFailed

MANIFEST = "manifest.json"
SET = re.compile(r"set-\d{8}T\d{6}Z-[0-9a-f]{6}")
UNFINISHED = "unfinished"
FOLDER_MODE, FILE_MODE = 0o750, 0o640
MARK = "leadpath"


class Folder:
    """A folder of this machine. Files are for their owner and group."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def manifest(self) -> dict[str, Any]:
        """What the manifest says; empty when there is none. Raises ExportFailed for one that is none of ours."""
        try:
            return read_manifest((self.root / MANIFEST).read_bytes(), str(self.root / MANIFEST))
        except FileNotFoundError:
            return {}

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A folder to write the files of a set into, which stand here under its name when the block has ended."""
        self.root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        part = self.root / UNFINISHED
        # of a run that was killed while it wrote
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        try:
            yield part
            for file in part.iterdir():
                file.chmod(FILE_MODE)
                _sync(file)
            part.chmod(FOLDER_MODE)
            _sync(part)
            part.rename(self.root / name)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def point(self, manifest: Mapping[str, Any]) -> None:
        """Put this manifest in the place of the one that is there, at once."""
        new = self.root / f".{MANIFEST}"
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            file.write(json.dumps(manifest, indent=2).encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.root / MANIFEST)
        _sync(self.root)

    def sets(self) -> list[str]:
        """The names of the sets that stand here."""
        return [name for name in self.names() if SET.fullmatch(name)]

    def names(self) -> list[str]:
        """The names of all that stands here."""
        return sorted(path.name for path in self.root.iterdir()) if self.root.is_dir() else []

    def remove(self, name: str) -> None:
        """Remove a set."""
        shutil.rmtree(self.root / name)


class Bucket:
    """A place in a bucket. Credentials are those of the URL, else those that AWS's own tools find."""

    def __init__(self, to: Destination, scratch: Path) -> None:
        self.files, root = FileSystem.from_uri(to.url)
        self.root = root.rstrip("/")
        self.shown = to.shown
        self.scratch = scratch

    def manifest(self) -> dict[str, Any]:
        """What the manifest says; empty when there is none. Raises ExportFailed for one that is none of ours."""
        try:
            with self.files.open_input_stream(f"{self.root}/{MANIFEST}") as file:
                return read_manifest(file.read(), f"{self.shown}/{MANIFEST}")
        except FileNotFoundError:
            return {}

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A folder to write the files of a set into, which stand here under its name when the block has ended."""
        yield self.scratch
        for path in sorted(self.scratch.iterdir()):
            with path.open("rb") as file, self.files.open_output_stream(f"{self.root}/{name}/{path.name}") as out:
                shutil.copyfileobj(file, out, 1 << 20)
            path.unlink()

    def point(self, manifest: Mapping[str, Any]) -> None:
        """Put this manifest in the place of the one that is there, at once."""
        with self.files.open_output_stream(f"{self.root}/{MANIFEST}") as out:
            out.write(json.dumps(manifest, indent=2).encode())

    def sets(self) -> list[str]:
        """The names of the sets that stand here."""
        return [name for name in self.names() if SET.fullmatch(name)]

    def names(self) -> list[str]:
        """The names of all that stands here."""
        found = self.files.get_file_info(FileSelector(self.root, allow_not_found=True))
        return sorted(each.base_name for each in found)

    def remove(self, name: str) -> None:
        """Remove a set."""
        self.files.delete_dir(f"{self.root}/{name}")


def read_manifest(text: bytes, place: str) -> dict[str, Any]:
    """A manifest of ours. Raises ExportFailed for any other."""
    try:
        found = json.loads(text)
        if found[MARK] == 1:
            return dict(found)
    except (ValueError, TypeError, KeyError):
        pass
    raise ExportFailed(f"{place} is none of Leadpath's. Choose a place of its own for the export.")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
