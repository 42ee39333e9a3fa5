"""Sync a library with a folder: read new and changed files, remove articles whose file is gone.

The watcher compares the folder with what it saw before, whenever it may have changed. So nothing
depends on the kind or order of the notices that an operating system gives.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import NamedTuple

from retrieval import sources
from retrieval.errors import QuotewiseError, UnreadableSource
from retrieval.records import Article, ArticleRef, Outcome, Status
from retrieval.sources.source import origin_of, why_unopened
from retrieval.storage import Catalog
from retrieval.storage.catalog import file_among

SWEEP_EVERY_S = 10
"""Not every disk tells of its changes, and a few are lost in a storm of them."""

GONE = (
    "this folder is gone, or another has taken its place: its articles are kept; put it back, or"
    " connect its disk, and start again."
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


class Listing(NamedTuple):
    """A folder's readable files, folders that will not open, and links to files elsewhere."""

    files: dict[str, FileState]
    shut: list[str]
    outside: list[str]


QUIET_S = 0.5
"""A file that was changed or missed less than this ago may still be written or put back."""
RENAME_WAIT_S = 10.0
"""How long a missing file waits for files that are still written, which may be its new name."""


@dataclass(slots=True)
class FolderWatcher:
    """Sync one library with one folder; `add` reads files into the library.

    `seen` are the files that were read, as they were then, and `young` those still being written.
    `held` has the ids and links of the articles in each file, and `missing` since when a file that
    held some has been missing. `outside` are links out of the folder that were reported.
    """

    catalog: Catalog
    add: Callable[[list[str]], Iterator[Outcome]]
    library: str
    folder: str
    stop: Event
    seen: dict[str, FileState] = field(default_factory=dict)
    young: dict[str, FileState] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)
    missing: dict[str, float] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)

    def follow(self, *, once: bool = False) -> Iterator[Outcome]:
        """Sync the library, and go on whenever the folder changes until `stop` is set.

        Raises QuotewiseError if the folder cannot be read or is gone; nothing is removed then.
        """
        folder = folder_identity(self.folder)
        self._remember()
        yield from self._sync(folder)
        if once:
            return
        for _ in folder_changes(self.folder, self.stop):
            yield from self._sync(folder)

    def _remember(self) -> None:
        """Take up what was read before; a file that was not changed since need not be read."""
        listing = folder_listing(self.folder)
        present = {origin_of(path) for path in (*listing.files, *listing.outside)}
        added: dict[str, float] = {}
        for filed in self.catalog.origins.under(self.library, origin_of(self.folder)):
            file = file_among(filed.origin, present)
            self.held.setdefault(file, set()).update(_names(filed.id, filed.url))
            then = filed.added.timestamp()
            added[file] = min(then, added.get(file, then))
        if self.held and not listing.files and not listing.shut:
            raise QuotewiseError(
                f"{self.folder} is empty, but {len(self.held)} files were read from it before. "
                "Nothing was removed: if its disk is not connected, connect it; else remove the "
                "articles with `quotewise remove`."
            )
        for path, state in listing.files.items():
            if state.changed < added.get(origin_of(path), 0):
                self.seen[path] = state

    def _sync(self, folder: tuple[int, int]) -> Iterator[Outcome]:
        """Read and remove until nothing is still being written, put back or taken away."""
        while not self.stop.is_set():
            listing = folder_listing(self.folder)
            self._check_identity(folder)
            yield from self._passed_over(listing)
            ready, gone = self._ready(listing), self._gone(listing)
            self._take_along(ready)
            yield from self._read(ready)
            for origin in gone:
                del self.missing[origin], self.held[origin]
            yield from self._let_go(gone)
            if not self.young and not self.missing:
                return
            self.stop.wait(QUIET_S)

    def _check_identity(self, folder: tuple[int, int]) -> None:
        # After the listing, so that the listing of a folder that is gone is never believed.
        try:
            is_same = folder_identity(self.folder) == folder
        except UnreadableSource as error:
            raise UnreadableSource(self.folder, GONE) from error
        if not is_same:
            raise UnreadableSource(self.folder, GONE)

    def _passed_over(self, listing: Listing) -> Iterator[Outcome]:
        """Report each link out of the folder once, and do not follow it.

        The person who fills the folder may lack the right to read what the link leads to.
        """
        for path in listing.outside:
            if path not in self.outside:
                yield Outcome(path, Status.FAILED, reason=OUTSIDE)
        self.outside = set(listing.outside)

    def _ready(self, listing: Listing) -> list[str]:
        """The files that are new or changed and no longer being written."""
        changed = {
            path: state for path, state in listing.files.items() if self.seen.get(path) != state
        }
        now = time.time()
        ready = {
            path: state
            for path, state in changed.items()
            # A clock may run ahead, so what stays as it is counts, too.
            if state.changed < now - QUIET_S or self.young.get(path) == state
        }
        self.young = {path: state for path, state in changed.items() if path not in ready}
        still_here = {path: state for path, state in self.seen.items() if path in listing.files}
        self.seen = still_here | ready
        return sorted(ready)

    def _gone(self, listing: Listing) -> list[str]:
        """The files that held articles and have not been there for a while."""
        present = {origin_of(path) for path in (*listing.files, *listing.outside)}
        hidden = tuple(origin_of(folder) + os.sep for folder in listing.shut)
        now = time.monotonic()
        self.missing = {
            origin: self.missing.get(origin, now)
            for origin in self.held
            if origin not in present and not origin.startswith(hidden)
        }
        wait = RENAME_WAIT_S if self.young else QUIET_S
        return [origin for origin, since in self.missing.items() if since <= now - wait]

    def _take_along(self, paths: Sequence[str]) -> None:
        """Let the articles of files that are missing stand in new files that hold the same text.

        So an article keeps its id, and what it said before, where its file is renamed.
        """
        new = [path for path in paths if origin_of(path) not in self.held]
        if not new or not self.missing:
            return
        lost: dict[str, str] = {}
        for origin in self.missing:
            for filed in self.catalog.origins.of(self.library, origin):
                stored = self.catalog.article(ArticleRef(self.library, filed.id))
                if stored is not None:
                    lost[stored.article.sha256] = filed.id
        for path in new:
            for read in sources.articles(path):
                if isinstance(read, Article) and read.origin and read.sha256 in lost:
                    ref = ArticleRef(self.library, lost.pop(read.sha256))
                    self.catalog.origins.change(ref, read.origin)

    def _read(self, paths: list[str]) -> Iterator[Outcome]:
        """Read files, and remove what a file held before and holds no longer."""
        if not paths:
            return
        names_by_file: dict[str, set[str]] = {origin_of(path): set() for path in paths}
        failed: list[str] = []
        updated: dict[str, str] = {}
        for outcome in self.add(paths):
            if outcome.article is None:
                failed.append(outcome.source)
            else:
                file = file_among(outcome.article.origin or "", names_by_file)
                names = _names(outcome.article.id, outcome.article.url)
                names_by_file.setdefault(file, set()).update(names)
                if outcome.status is Status.UPDATED:
                    updated[outcome.article.id] = file
            if outcome.status is not Status.UNCHANGED:
                yield outcome
            if self.stop.is_set():
                return
        whole = [path for path in paths if not any(source.startswith(path) for source in failed)]
        for origin, names in names_by_file.items():
            self.held.setdefault(origin, set()).update(names)
        self.held |= {origin_of(path): names_by_file[origin_of(path)] for path in whole}
        yield from self._let_go([origin_of(path) for path in whole])
        yield from self._read([path for path in self.seen if self._lost_its_text(path, updated)])

    def _lost_its_text(self, path: str, updated: Mapping[str, str]) -> bool:
        """Whether a file shared the text of an article that another file has `updated` since.

        A file that gives its article the same id has no text of its own to lose.
        """
        held = self.held.get(origin_of(path), set())
        shared = {
            id for id, file in updated.items() if f"id {id}" in held and file != origin_of(path)
        }
        return bool(shared) and shared.isdisjoint(
            read.id for read in sources.articles(path) if isinstance(read, Article)
        )

    def _let_go(self, origins: Iterable[str]) -> Iterator[Outcome]:
        """Remove the articles of files that are not in them, unless another file has them."""
        lost = [
            filed
            for origin in origins
            for filed in self.catalog.origins.of(self.library, origin)
            if not self.held.get(origin, set()) & _names(filed.id, filed.url)
        ]
        holders = {name: origin for origin, names in self.held.items() for name in names if lost}
        for filed in lost:
            others = [holders[name] for name in _names(filed.id, filed.url) if name in holders]
            if others:
                self.catalog.origins.change(ArticleRef(self.library, filed.id), others[0])
                continue
            stored = self.catalog.article(ArticleRef(self.library, filed.id))
            if stored is not None and self.catalog.remove(stored.ref):
                yield Outcome(filed.origin, Status.REMOVED, stored.article)


def _names(id: str, url: str | None) -> set[str]:
    """What an article may be known by, as `add` knows it."""
    return {f"id {id}"} | ({f"url {url}"} if url else set())


def folder_identity(folder: str) -> tuple[int, int]:
    """What a folder has in common with no other; an empty mount point is another folder."""
    try:
        status = os.stat(folder)
        os.listdir(folder)
    except OSError as error:
        raise UnreadableSource(folder, why_unopened(error)) from error
    return status.st_dev, status.st_ino


def folder_listing(folder: str) -> Listing:
    """What is in a folder now, without hidden and temporary files."""
    try:
        paths = sources.files(folder)
    except UnreadableSource:  # it holds no file
        paths = []
    files: dict[str, FileState] = {}
    shut, outside = list[str](), list[str]()
    inside = os.path.join(os.path.realpath(folder), "")
    for path in paths:
        if os.path.basename(path).startswith("~"):  # as offices and editors call their own
            continue
        if os.path.isdir(path):
            shut.append(path)
            continue
        if os.path.islink(path) and not os.path.realpath(path).startswith(inside):
            outside.append(path)
            continue
        with suppress(OSError):  # it has just been taken away
            it = os.stat(path)
            # A copy may keep the time of writing; the time of copying stands in the other.
            files[path] = FileState(it.st_size, max(it.st_mtime, it.st_ctime), it.st_ino)
    return Listing(files, shut, outside)


def folder_changes(folder: str, stop: Event) -> Iterator[None]:
    """Give notice whenever something may have changed below a folder, until `stop` is set."""
    from watchfiles import watch

    with suppress(OSError, RuntimeError):  # no such folder, or no room for so many watches
        notices = watch(
            folder,
            watch_filter=None,
            debounce=400,
            stop_event=stop,
            rust_timeout=1000,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        # The first one after a second at most, for what happened before the watch began.
        for second, changes in enumerate(notices):
            if changes or second % SWEEP_EVERY_S == 0:
                yield
    while not stop.wait(SWEEP_EVERY_S):
        yield
