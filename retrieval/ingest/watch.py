"""Sync a library with a folder: read new and changed files, remove articles whose file is gone.

The watcher compares the folder with the catalog whenever it may have changed. So nothing depends
on the kind or order of the notices that an operating system gives.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from threading import Event
from typing import NamedTuple

from retrieval import sources
from retrieval.errors import QuotewiseError, UnreadableSource
from retrieval.records import Article, ArticleRef, Outcome, Status
from retrieval.sources.source import origin_of, why_unopened
from retrieval.storage import Catalog
from retrieval.storage.catalog import file_among
from retrieval.storage.schema import FromFile

SWEEP_EVERY_S = 10  # not every disk tells of its changes, and a few are lost in a storm of them

EMPTY = (
    "{} is empty or gone, but {} read from it before. Nothing was removed: if its disk "
    "is not connected, connect it; else remove the articles with `quotewise remove`."
)

OUTSIDE = (
    "this link leads out of the folder and is not followed; put the file itself there, or add it"
    " with `quotewise add`."
)


class FileState(NamedTuple):
    """What changes when somebody writes a file; `changed` is in seconds since 1970."""

    size: int
    changed: float
    inode: int


QUIET_S = 0.5
"""A file that was changed or missed less than this ago may still be written or put back."""


@dataclass(slots=True)
class FolderWatcher:
    """Sync one library with one folder; `add` reads files into the library.

    `seen` are the files that were read, as they were then. `last` and `missing` are what the last
    look showed: all files, and those that articles come from and that were not there. `copies` are
    files whose text is an article of another file.
    """

    catalog: Catalog
    add: Callable[[list[str]], Iterator[Outcome]]
    library: str
    folder: str
    stop: Event
    seen: dict[str, FileState] = field(default_factory=dict)
    last: dict[str, FileState] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)

    def follow(self, *, once: bool = False) -> Iterator[Outcome]:
        """Sync until `stop` is set. Raises QuotewiseError if the folder is empty or unreadable."""
        try:
            os.listdir(self.folder)
        except OSError as error:
            raise UnreadableSource(self.folder, why_unopened(error)) from error
        self._remember()
        for _ in chain([None], [] if once else folder_changes(self.folder, self.stop)):
            yield from self._sync()

    def _remember(self) -> None:
        """Take up what was read before; a file that was not changed since need not be read."""
        files = folder_files(self.folder)
        filed = self._filed(files)
        for path, state in files.items():
            articles = filed.get(origin_of(path), [])
            if articles and state.changed < min(item.added.timestamp() for item in articles):
                self.seen[path] = state

    def _filed(self, files: Iterable[str]) -> dict[str, list[FromFile]]:
        """The articles that were read from files of the folder, by the file."""
        present = set(map(origin_of, files))
        by_file = defaultdict(list)
        for item in self.catalog.origins.under(self.library, origin_of(self.folder)):
            by_file[file_among(item.origin, present)].append(item)
        return by_file

    def _sync(self) -> Iterator[Outcome]:
        """Read and remove until nothing is still being written, put back or taken away."""
        while not self.stop.is_set():
            files = folder_files(self.folder)
            filed = self._filed(files)
            if filed and not files:
                number = f"{len(filed)} file{' was' if len(filed) == 1 else 's were'}"
                raise QuotewiseError(EMPTY.format(self.folder, number))
            changed = {path: state for path, state in files.items() if self.seen.get(path) != state}
            ready = {
                path: state
                for path, state in changed.items()
                # A clock may run ahead, so what stays as it is counts, too.
                if state.changed < time.time() - QUIET_S or self.last.get(path) == state
            }
            shut = tuple(origin_of(path) + os.sep for path in files if os.path.isdir(path))
            absent = filed.keys() - set(map(origin_of, files))
            missing = {file for file in absent if not file.startswith(shut)}
            # What is still written may be the new name of a file that is missing.
            gone = missing & self.missing if len(ready) == len(changed) else set()
            self.last, self.missing = files, missing - gone
            self.seen = {path: self.seen[path] for path in files if path in self.seen} | ready
            self._take_along(ready, missing)
            yield from self._read_and_remove(sorted(ready), gone)
            if len(ready) == len(changed) and not self.missing:
                return
            self.stop.wait(QUIET_S)

    def _read_and_remove(self, ready: list[str], gone: Iterable[str]) -> Iterator[Outcome]:
        """Read files, and remove the articles of others; what had the same text is read again."""
        outcomes = chain(self._read(ready), self._remove(dict.fromkeys(gone, ())))
        updated: set[str] = set()
        has_lost = False
        for outcome in outcomes:
            yield outcome
            has_lost |= outcome.status in (Status.UPDATED, Status.REMOVED)
            if outcome.article and outcome.status is Status.UPDATED:
                updated.add(outcome.article.id)
        if has_lost:
            copies, self.copies = self._without_articles(self.copies), set()
            # A file that gives its article the same id has no text of its own to lose.
            yield from self._read(
                [path for path in copies if updated.isdisjoint(item.id for item in _articles(path))]
            )

    def _take_along(self, ready: Iterable[str], missing: Collection[str]) -> None:
        """Let an article keep its id where its file is renamed: another file has its text."""
        files = {*map(origin_of, ready), *self.copies} if missing else set()
        for path in self._without_articles(files):
            for article in _articles(path):
                for stored in self.catalog.with_text(self.library, article):
                    if stored.origin in missing and article.origin:
                        ref = ArticleRef(self.library, stored.id)
                        self.catalog.origins.change(ref, article.origin)

    def _without_articles(self, files: Container[str]) -> list[str]:
        """Those files of the folder that no article comes from."""
        return [
            path
            for path in sorted(self.last)
            if (file := origin_of(path)) in files
            and not any(self.catalog.origins.of(self.library, file))
        ]

    def _read(self, paths: list[str]) -> Iterator[Outcome]:
        """Read files, and remove what a file held before and holds no longer."""
        ids: dict[str, set[str]] = {origin_of(path): set() for path in paths}
        failed = [path for path in paths if _leads_out(path, self.folder)]
        yield from (Outcome(path, Status.FAILED, reason=OUTSIDE) for path in failed)
        for outcome in self.add([path for path in paths if path not in failed]) if paths else ():
            if outcome.article is None:
                failed.append(outcome.source)
            else:
                file = file_among(outcome.article.origin or "", ids)
                ids.setdefault(file, set()).add(outcome.article.id)
            if outcome.status is Status.UNCHANGED:
                self.copies.add(file)
            else:
                yield outcome
            if self.stop.is_set():
                return
        whole = [path for path in paths if not any(source.startswith(path) for source in failed)]
        yield from self._remove({file: ids[file] for file in map(origin_of, whole)})

    def _remove(self, held: Mapping[str, Collection[str]]) -> Iterator[Outcome]:
        """Remove the articles of files that do not hold them, by the ids that each file holds."""
        for file, ids in held.items():
            for item in list(self.catalog.origins.of(self.library, file)):
                if item.id not in ids:
                    removed = self.catalog.remove(ArticleRef(self.library, item.id))
                    if removed is not None:
                        yield Outcome(item.origin, Status.REMOVED, removed.article)


def _articles(path: str) -> list[Article]:
    return [read for read in sources.articles(path) if isinstance(read, Article)]


def folder_files(folder: str) -> dict[str, FileState]:
    """The files in a folder now, and folders that will not open; no hidden and temporary files."""
    try:
        paths = sources.files(folder)
    except UnreadableSource:  # it holds no file
        paths = []
    files: dict[str, FileState] = {}
    for path in paths:
        if not os.path.basename(path).startswith("~"):  # as offices and editors call their own
            with suppress(OSError):  # it has just been taken away
                it = os.lstat(path) if _leads_out(path, folder) else os.stat(path)
                # A copy may keep the time of writing; the time of copying stands in the other.
                files[path] = FileState(it.st_size, max(it.st_mtime, it.st_ctime), it.st_ino)
    return files


def _leads_out(path: str, folder: str) -> bool:
    """Whether a file is a link to one outside of the folder.

    The person who fills the folder may lack the right to read what it leads to.
    """
    return os.path.islink(path) and not os.path.realpath(path).startswith(
        os.path.join(os.path.realpath(folder), "")
    )


def folder_changes(folder: str, stop: Event) -> Iterator[object]:
    """Give notice whenever something may have changed below a folder, until `stop` is set."""
    from watchfiles import watch

    with suppress(OSError, RuntimeError):  # no such folder, or no room for so many watches
        yield from watch(
            folder,
            watch_filter=None,
            debounce=400,
            stop_event=stop,
            rust_timeout=SWEEP_EVERY_S * 1000,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
    while not stop.wait(SWEEP_EVERY_S):
        yield None
