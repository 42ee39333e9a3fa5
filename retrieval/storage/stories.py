"""Copies of one article are one story, whose number is the key of its first article.

`articles.story` is null while an article has not been compared: those of the first versions of
Quotewise are, some with each addition and all by `rebuild`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from heapq import nlargest
from typing import Any

import sqlalchemy as sa

from retrieval.storage.database import Database
from retrieval.storage.schema import articles, bands
from retrieval.text import near_duplicates
from retrieval.text.near_duplicates import Wording

COMPARED = 16
"""Texts that a new one is compared with, word by word: those that share most bands with it."""

LOOKED_AT = 50
"""Articles of a band that are looked at, earliest first. Texts with the same small print may share
a band by the thousand, so that a band counts the less the more articles have it."""

AT_A_TIME = 200
"""Articles without a story that are compared in one transaction."""

_WITH_BAND = (
    "SELECT * FROM (SELECT band, article FROM bands WHERE library = :library AND band = :band{0}"
    f" ORDER BY article LIMIT {LOOKED_AT}) AS earliest{{0}}"
)
_ARTICLES_WITH_BANDS = sa.text(
    " UNION ALL ".join(_WITH_BAND.format(number) for number in range(near_duplicates.BANDS))
)
"""The earliest articles with each band of a text: one query, as 85 take five times as long."""

_TEXTS = sa.select(articles.c.key, articles.c.story, articles.c.text).where(
    articles.c.key.in_(sa.bindparam("keys", expanding=True))
)


def join(db: Database, key: int, library: int, text: str) -> None:
    """Set the story of an article, which may turn out to join two stories."""
    wording = Wording(text)
    its_bands = near_duplicates.bands(wording)
    earlier = _copied_stories(db, library, wording, its_bands)
    number = min([key, *earlier])
    if len(earlier) > 1:
        of_copies = (articles.c.library == library, articles.c.story.in_(earlier))
        db.execute(sa.update(articles).where(*of_copies).values(story=number))
    db.execute(sa.update(articles).where(articles.c.key == key).values(story=number))
    rows = [{"library": library, "band": band, "article": key} for band in its_bands]
    db.execute(sa.insert(bands), rows)


def join_waiting(db: Database, library: int) -> int:
    """Set the stories of some articles that have none yet, earliest first; count them."""
    query = sa.select(articles.c.key, articles.c.text).order_by(articles.c.key).limit(AT_A_TIME)
    without = (articles.c.library == library, articles.c.story.is_(None))
    waiting = list(db.rows(query.where(*without)))
    for key, text in waiting:
        join(db, key, library, text)
    return len(waiting)


def forget(db: Database, library: int) -> None:
    """Let no article of a library have a story, as before `join_waiting`."""
    db.execute(sa.delete(bands).where(bands.c.library == library))
    db.execute(sa.update(articles).where(articles.c.library == library).values(story=None))


def keys_with_first_band(library: Any, text: str) -> sa.Select[Any]:
    """Select the keys of few articles, among them those with exactly this text."""
    band = near_duplicates.bands(Wording(text))[0]
    return sa.select(bands.c.article).where(bands.c.library == library, bands.c.band == band)


def _copied_stories(
    db: Database, library: int, wording: Wording, its_bands: Sequence[int]
) -> list[int]:
    """The stories of which a text is a copy: mostly none or one.

    A copy of several stories makes them one, unless it is a round-up that shares another part of
    itself with each; a round-up belongs to the first of them.
    """
    wordings: dict[int, Wording] = {}
    for story, text in _candidates(db, library, its_bands):
        if story not in wordings and near_duplicates.same(wording, other := Wording(text)):
            wordings[story] = other
    copies = list(wordings.values())
    return [
        story
        for story, copy in wordings.items()
        if near_duplicates.same_part(wording, copies[0], copy)
    ]


def _candidates(db: Database, library: int, its_bands: Sequence[int]) -> list[tuple[int, str]]:
    """The story and the text of those articles that share most with a text, most first."""
    values: dict[str, int | None] = {f"band{n}": None for n in range(near_duplicates.BANDS)}
    values |= {f"band{number}": band for number, band in enumerate(its_bands)}
    with_band: defaultdict[int, list[int]] = defaultdict(list)
    for band, key in db.rows(_ARTICLES_WITH_BANDS, library=library, **values):
        with_band[band].append(key)
    shared: defaultdict[int, float] = defaultdict(float)
    for keys in with_band.values():
        for key in keys:
            shared[key] += 1 / len(keys)
    best = nlargest(COMPARED, shared, key=lambda key: (shared[key], -key))
    texts = {key: (story, text) for key, story, text in db.rows(_TEXTS, keys=best)}
    return [texts[key] for key in best]
