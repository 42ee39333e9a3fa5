"""A folder on the disk: what is in it, whether it is still the same, and when it changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from retrieval import reading
from retrieval.errors import UnreadableSource
from retrieval.reading.sources import why_unopened

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


@dataclass(frozen=True, slots=True)
class Sighting:
    """What tells one state of a file from another; `changed` is in seconds since 1970."""

    size: int
    changed: float
    inode: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The readable files of a folder, and the folders in it that may not be opened.

    `outside` are the links in it to files that are not.
    """

    files: dict[str, Sighting]
    shut: tuple[str, ...]
    outside: tuple[str, ...] = ()


def identity(folder: str) -> tuple[int, int]:
    """What a folder has in common with no other; an empty mount point is another folder."""
    try:
        found = os.stat(folder)
        os.listdir(folder)
    except OSError as error:
        raise UnreadableSource(folder, why_unopened(error)) from error
    return found.st_dev, found.st_ino


def listing(folder: str) -> Listing:
    """What is in a folder now, without hidden and temporary files."""
    try:
        found = reading.files(folder)
    except UnreadableSource:  # it holds no file
        found = []
    files: dict[str, Sighting] = {}
    shut, outside = [], []
    inside = os.path.join(os.path.realpath(folder), "")
    for path in found:
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
            files[path] = Sighting(it.st_size, max(it.st_mtime, it.st_ctime), it.st_ino)
    return Listing(files, tuple(shut), tuple(outside))


def alarms(folder: str, stop: Event) -> Iterator[None]:
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
