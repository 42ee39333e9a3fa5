"""Which file each article was read from."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime

from retrieval.storage.database import Database

INSIDE = "!"
"""What stands in an origin between an archive and the path of a file in it."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """An article as far as it matters where it came from."""

    origin: str
    id: str
    url: str | None
    added: datetime


def file_among(origin: str, files: Container[str]) -> str:
    """The file of these that an article was read from, as itself or as a part; else its origin."""
    parts = origin.split(INSIDE)
    wholes = (INSIDE.join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((whole for whole in wholes if whole in files), origin)


class Origins:
    """The files that the articles of all libraries were read from."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def under(self, library: str, folder: str) -> Iterator[FromFile]:
        """The articles that were read from files in a folder, by its absolute path."""
        beginning = folder.rstrip(os.sep) + os.sep
        return self._between(library, beginning, beginning[:-1] + chr(ord(os.sep) + 1))

    def of(self, library: str, file: str) -> Iterator[FromFile]:
        """The articles that were read from one file, and from the files in it, if it holds any."""
        yield from self.at(library, file)
        yield from self._between(library, file + INSIDE, file + chr(ord(INSIDE) + 1))

    def at(self, library: str, origin: str) -> Iterator[FromFile]:
        """The articles that were read from exactly there: a file, or a place in one."""
        return self._between(library, origin, origin + "\0")

    def change(self, library: str, id: str, origin: str) -> None:
        """Write down that an article now stands in another file."""
        with self._db.transaction() as db:
            db.execute(
                "UPDATE articles SET origin = ? WHERE id = ?"
                " AND library = (SELECT number FROM libraries WHERE name = ?)",
                (origin, id, library),
            )

    def _between(self, library: str, first: str, end: str) -> Iterator[FromFile]:
        for origin, id, url, added in self._db.rows(
            "SELECT a.origin, a.id, a.url, a.added FROM articles a"
            " JOIN libraries l ON l.number = a.library"
            " WHERE l.name = ? AND a.origin >= ? AND a.origin < ? ORDER BY a.key",
            library,
            first,
            end,
        ):
            yield FromFile(origin, id, url, datetime.fromisoformat(added))
