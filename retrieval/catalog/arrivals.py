"""Which articles came after which: keys only grow, so a number remembers how far one looked."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.catalog.database import Database


def latest(db: Database) -> int:
    """The key of the article that was added last; 0 if there is none."""
    row = db.one("SELECT max(key) FROM articles")
    return int(row[0] or 0) if row else 0


def after(db: Database, libraries: Sequence[str], key: int) -> list[tuple[int, str, str, int]]:
    """The articles of some libraries with greater keys: key, library, id and story, in order.

    An article that tells a story of its own has its key for the story's.
    """
    marks = ",".join("?" * len(libraries))
    found = db.rows(
        "SELECT a.key, l.name, a.id, coalesce(a.story, a.key)"
        " FROM articles a JOIN libraries l ON l.number = a.library"
        f" WHERE a.key > ? AND l.name IN ({marks}) ORDER BY a.key",
        key,
        *libraries,
    )
    return [(one, library, id, story) for one, library, id, story in found]
