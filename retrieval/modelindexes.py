"""Each model has indexes of its own, of all libraries: those of two have no file in common."""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.catalog import Catalog
from retrieval.errors import QuotewiseError
from retrieval.indexes import LibraryIndexes

MOST_OPEN = 200
"""Libraries whose indexes are kept in memory; to open another again takes some milliseconds."""


class Indexes:
    """One model's indexes of all libraries, opened when asked; those last asked stay open."""

    def __init__(self, folder: Path, catalog: Catalog, model: int, dimension: int) -> None:
        self._folder = folder / f"model-{model}"
        self._catalog = catalog
        self._changes = catalog.changes(model)
        self._dimension = dimension
        self._temporary: TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._opened = OrderedDict[int, LibraryIndexes]()

    def of(self, libraries: Iterable[str]) -> list[LibraryIndexes]:
        """The indexes of these libraries; of those that have never had an article, none."""
        numbers = self._catalog.libraries()
        return [self._open(numbers[name]) for name in libraries if name in numbers]

    def close(self) -> None:
        """Remove the temporary files."""
        if self._temporary is not None:
            self._opened.clear()
            self._temporary.cleanup()
            self._temporary = None

    def _open(self, library: int) -> LibraryIndexes:
        with self._lock:
            if library not in self._opened:
                folder = self._folder / str(library)
                read_only = self._catalog.read_only
                self._opened[library] = LibraryIndexes(
                    self._linked(folder) if read_only else folder,
                    self._changes,
                    library,
                    self._dimension,
                    keep=not read_only,
                )
            self._opened.move_to_end(library)
            if len(self._opened) > MOST_OPEN:
                self._opened.popitem(last=False)  # whoever is asking it goes on with it
            return self._opened[library]

    def _linked(self, folder: Path) -> Path:
        """A temporary folder with links to the files of one that cannot be written."""
        try:
            self._temporary = self._temporary or TemporaryDirectory(prefix="quotewise-")
            linked = Path(self._temporary.name, folder.name)
            shutil.rmtree(linked, ignore_errors=True)
            for path in folder.rglob("*"):
                place = linked / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                if path.name == "generation":  # which is written over
                    shutil.copyfile(path, place)
                elif path.is_file() and not path.name.endswith("lock"):
                    place.symlink_to(path.absolute())
        except OSError as error:
            raise QuotewiseError(
                f"Temporary files cannot be written ({error}): set TMPDIR to a folder where they "
                "can be."
            ) from error
        return linked


def remove_others(folder: Path, catalog: Catalog) -> None:
    """Remove the indexes of models that are neither in use nor next, and of earlier versions."""
    # Listed first, so that those of a model that comes meanwhile are not among them.
    there = [one for one in folder.glob("*") if one.is_dir()]
    wanted = {f"model-{number}" for number in catalog.models.numbers()}
    for one in there:
        if one.name not in wanted:
            shutil.rmtree(one, ignore_errors=True)
