"""Articles that tell the same story are found by the bands they share, and given one number.

The number is the key of the story's first article. `articles.story` is NULL while an article has
not been compared: those that an earlier version kept are, some with each addition and all by
`rebuild`.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from heapq import nlargest

from retrieval.text import near_duplicates
from retrieval.text.near_duplicates import Wording

COMPARED = 16
"""Texts that a new one is compared with, word by word: those that share most bands with it."""

LOOKED_AT = 50
"""Articles of a band that are looked at, earliest first. Texts with the same small print may share
a band by the thousand, so that a band counts the less the more articles have it."""

AT_A_TIME = 200
"""Articles without a story that are compared in one transaction."""


def join(db: sqlite3.Connection, key: int, library: int, text: str) -> None:
    """Give an article the number of the story it tells, which may turn out to be that of two."""
    wording = Wording(text)
    bands = near_duplicates.bands(wording)
    earlier = _copied_stories(db, library, wording, bands)
    number = min([key, *earlier])
    db.executemany(
        "UPDATE articles SET story = ? WHERE library = ? AND story = ?",
        [(number, library, story) for story in earlier if story != number],
    )
    db.execute("UPDATE articles SET story = ? WHERE key = ?", (number, key))
    db.executemany("INSERT INTO bands VALUES (?, ?, ?)", [(library, band, key) for band in bands])


def join_waiting(db: sqlite3.Connection, library: int) -> int:
    """Join some of the articles that have no story yet, earliest first, and say how many."""
    waiting = db.execute(
        "SELECT key, library, text FROM articles WHERE library = ? AND story IS NULL"
        " ORDER BY key LIMIT ?",
        (library, AT_A_TIME),
    ).fetchall()
    for row in waiting:
        join(db, *row)
    return len(waiting)


def forget(db: sqlite3.Connection, library: int) -> None:
    """Forget which articles of a library tell the same story."""
    db.execute("DELETE FROM bands WHERE library = ?", (library,))
    db.execute("UPDATE articles SET story = NULL WHERE library = ?", (library,))


def leave(db: sqlite3.Connection, library: int, key: int) -> None:
    """Name the story that an article began after the next one in it."""
    db.execute(
        "UPDATE articles SET story = (SELECT min(key) FROM articles"
        " WHERE library = ?1 AND story = ?2 AND key != ?2) WHERE library = ?1 AND story = ?2",
        (library, key),
    )


def first_band(text: str) -> int:
    """The band under which articles with this very text are found."""
    return near_duplicates.bands(Wording(text))[0]


def _copied_stories(
    db: sqlite3.Connection, library: int, wording: Wording, bands: Sequence[int]
) -> list[int]:
    """The stories of which a text is a copy: mostly none or one.

    A text that is a copy of several makes them one, unless it is a round-up that shares another
    part of itself with each; it then tells the first of them.
    """
    wordings: dict[int, Wording] = {}
    for story, text in _candidates(db, library, bands):
        other = Wording(text) if story not in wordings else None
        if other and near_duplicates.same(wording, other):
            wordings[story] = other
    copies = list(wordings.values())
    return [
        story
        for story, copy in wordings.items()
        if near_duplicates.same_part(wording, copies[0], copy)
    ]


def _candidates(
    db: sqlite3.Connection, library: int, bands: Sequence[int]
) -> list[tuple[int, str]]:
    """The story and the text of those articles that share most with a text, most first."""
    shared: defaultdict[int, float] = defaultdict(float)
    for band in bands:
        having = db.execute(
            "SELECT article FROM bands WHERE library = ? AND band = ? ORDER BY article LIMIT ?",
            (library, band, LOOKED_AT),
        ).fetchall()
        for (key,) in having:
            shared[key] += 1 / len(having)
    best = nlargest(COMPARED, shared, key=lambda key: (shared[key], -key))
    marks = ",".join("?" * len(best))
    candidates = {
        key: (story, text)
        for key, story, text in db.execute(
            f"SELECT key, story, text FROM articles WHERE key IN ({marks})", best
        )
    }
    return [candidates[key] for key in best]
