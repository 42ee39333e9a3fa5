"""Write and remove articles inside a transaction, with their earlier versions and their stories.

Copies of one article are one story, whose number is the key of its first article. `articles.story`
is null while an article has not been compared: those of the first versions of Quotewise are, some
with each addition and all by `rebuild`.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Any

import sqlalchemy as sa

from retrieval.records import Article, Passage, Span, Version
from retrieval.storage.schema import (
    ARTICLE,
    ARTICLE_FIELDS,
    article_row,
    articles,
    bands,
    feeds,
    history,
    libraries,
    paragraphs,
    passage_row,
    passages,
    removals,
    stamp,
    versions,
)
from retrieval.text import links, near_duplicates
from retrieval.text.near_duplicates import Wording

COMPARED = 16
"""Texts that a new one is compared with, word by word: those that share most bands with it."""

LOOKED_AT = 50
"""Articles of a band that are looked at, earliest first. Texts with the same small print may share
a band by the thousand, so that a band counts the less the more articles have it."""

AT_A_TIME = 200
"""Articles without a story that are compared in one transaction."""


def _articles_with_band(number: int) -> sa.Select[Any]:
    band = sa.bindparam(f"band{number}", type_=sa.Integer)
    earliest = (
        sa.select(sa.literal_column(str(number)).label("band"), bands.c.article)
        .where(bands.c.library == sa.bindparam("library"), bands.c.band == band)
        .order_by(bands.c.article)
        .limit(sa.literal_column(str(LOOKED_AT)))
        .subquery()
    )
    return sa.select(earliest.c.band, earliest.c.article)


_ARTICLES_WITH_BANDS = sa.union_all(*map(_articles_with_band, range(near_duplicates.BANDS)))
"""The earliest articles with each band of a text: one query, as 85 take five times as long."""

# These are made once, as they are needed for each article.
_IDS = sa.select(articles.c.id).where(
    articles.c.library == sa.bindparam("library"),
    articles.c.id.in_(sa.bindparam("ids", expanding=True)),
)
_TEXTS = sa.select(articles.c.key, articles.c.story, articles.c.text).where(
    articles.c.key.in_(sa.bindparam("keys", expanding=True))
)
_SET_STORY = (
    sa.update(articles)
    .where(articles.c.key == sa.bindparam("of"))
    .values(story=sa.bindparam("number"))
)
_INSERT_BAND = sa.insert(bands)
_INSERT_PARAGRAPH = sa.insert(paragraphs)
_INSERT_PASSAGE = sa.insert(passages)


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to be stored, and the ids of the articles in its library that it replaces.

    `key` is that of a removed article which is put back; a new one gets the next.
    """

    library: str
    article: Article
    added: datetime
    paragraphs: Sequence[Span] = ()
    passages: Sequence[Passage] = ()
    replaces: Sequence[str] = ()
    key: int | None = None


def insert_row(db: sa.Connection, table: sa.Table, row: dict[str, Any]) -> int:
    """Insert a row and return the number that it was given as its key."""
    key = db.execute(sa.insert(table), row).inserted_primary_key
    assert key is not None
    return int(key[0])


def library_number(db: sa.Connection, library: str) -> int:
    """The number of a library, which is made if it does not exist."""
    number = db.scalar(sa.select(libraries.c.number).where(libraries.c.name == library))
    return insert_row(db, libraries, {"name": library}) if number is None else int(number)


def put(db: sa.Connection, new: Iterable[NewArticle], model: int) -> None:
    """Store articles whose passages a model has made, each in the place of those it replaces."""
    changes: dict[str, tuple[int, int]] = {}
    for item in new:
        if item.library not in changes:
            number = library_number(db, item.library)
            changes[item.library] = number, _next_generation(db, number)
        library, generation = changes[item.library]
        ids = [item.article.id, *item.replaces]
        for (id,) in db.execute(_IDS, {"library": library, "ids": ids}).all():
            _keep_version(db, library, id, item.article, item.added)
            _delete_article(db, library, generation, id)
        key = _insert(db, library, generation, item, model)
        join_story(db, key, library, item.article.text)
    for library, _ in changes.values():
        join_waiting(db, library)


def put_passages(db: sa.Connection, article: int, model: int, made: Sequence[Passage]) -> None:
    """Store the passages that another model has made of an article, if that still exists."""
    library = db.scalar(sa.select(articles.c.library).where(articles.c.key == article))
    if library is not None:
        place = library, _next_generation(db, library)
        _insert_passages(db, made, article, place, model)


def remove(db: sa.Connection, library: int, id: str) -> None:
    """Remove an article and its earlier versions."""
    _delete_article(db, library, _next_generation(db, library), id)
    db.execute(sa.delete(versions).where(versions.c.library == library, versions.c.article == id))


def remove_all(db: sa.Connection, library: int) -> int:
    """Remove all articles of a library, their versions, and its feeds; count the articles."""
    _note_removals(db, library, _next_generation(db, library), None)
    db.execute(sa.delete(versions).where(versions.c.library == library))
    db.execute(sa.delete(feeds).where(feeds.c.library == library))
    return db.execute(sa.delete(articles).where(articles.c.library == library)).rowcount


def put_versions_back(db: sa.Connection, library: int, id: str, earlier: Iterable[Version]) -> None:
    """Store the earlier versions of a removed article again, earliest first."""
    for version in earlier:
        article, sha256 = version.article, version.article.sha256
        same = _is_version(library, article.id, sha256)
        if db.scalar(sa.select(versions.c.number).where(same)) is None:
            times = {"added": version.added.isoformat(), "replaced": version.replaced.isoformat()}
            row = {"library": library, "article": id, "sha256": sha256, **times}
            db.execute(sa.insert(versions), row | article_row(article))


def _is_version(library: int, id: str, sha256: str) -> sa.ColumnElement[bool]:
    c = versions.c
    return sa.and_(c.library == library, c.id == id, c.sha256 == sha256)


def _next_generation(db: sa.Connection, library: int) -> int:
    """Count a change to a library."""
    generation: int | None = db.scalar(
        sa.update(libraries)
        .where(libraries.c.number == library)
        .values(generation=libraries.c.generation + 1)
        .returning(libraries.c.generation)
    )
    assert generation is not None
    row = {"library": library, "generation": generation, "id": uuid.uuid4().hex}
    db.execute(sa.insert(history), row)
    return generation


def _insert(db: sa.Connection, library: int, generation: int, new: NewArticle, model: int) -> int:
    article = new.article
    row: dict[str, Any] = {
        "library": library,
        "added": stamp(new.added),
        "sha256": article.sha256,
        "link": links.normalised(article.url) if article.url else None,
        **article_row(article),
    }
    if new.key is not None:
        row["key"] = new.key
    key = insert_row(db, articles, row)
    if new.paragraphs:
        db.execute(
            _INSERT_PARAGRAPH,
            [
                {"article": key, "number": number, "start": start, "end": end}
                for number, (start, end) in enumerate(new.paragraphs, start=1)
            ],
        )
    _insert_passages(db, new.passages, key, (library, generation), model)
    return key


def _insert_passages(
    db: sa.Connection, made: Sequence[Passage], article: int, place: tuple[int, int], model: int
) -> None:
    """Insert the passages that a model has made of an article, in a library and a generation."""
    library, generation = place
    of: dict[str, Any] = {"article": article, "library": library, "generation": generation}
    if made:
        rows = [of | {"model": model} | passage_row(passage) for passage in made]
        db.execute(_INSERT_PASSAGE, rows)


def _delete_article(db: sa.Connection, library: int, generation: int, id: str) -> None:
    this = sa.select(articles.c.key).where(articles.c.library == library, articles.c.id == id)
    key = db.execute(this).scalar_one()
    _note_removals(db, library, generation, key)
    of_story = (articles.c.library == library, articles.c.story == key)
    heir = db.scalar(sa.select(sa.func.min(articles.c.key)).where(*of_story, articles.c.key != key))
    if heir is not None:  # the story goes on without its first article
        db.execute(sa.update(articles).where(*of_story).values(story=heir))
    db.execute(sa.delete(articles).where(articles.c.key == key))


def _note_removals(db: sa.Connection, library: int, generation: int, article: int | None) -> None:
    """Note the passages of an article, or of all, as removed in a generation."""
    columns = passages.c.id, passages.c.generation, passages.c.model
    gone = sa.select(sa.literal(library), sa.literal(generation), *columns)
    if article is None:
        gone = gone.where(passages.c.library == library)
    else:
        gone = gone.where(passages.c.article == article)
    names = ["library", "generation", "passage", "added", "model"]
    db.execute(sa.insert(removals).from_select(names, gone))


def _keep_version(db: sa.Connection, library: int, id: str, new: Article, when: datetime) -> None:
    """Keep an article and its versions as versions of the one that replaces it."""
    if id != new.id:
        db.execute(
            sa.update(versions)
            .where(versions.c.library == library, versions.c.article == id)
            .values(article=new.id)
        )
    old = db.execute(
        sa.select(articles.c.sha256, articles.c.added, *ARTICLE).where(
            articles.c.library == library, articles.c.id == id, articles.c.sha256 != new.sha256
        )
    ).first()
    if old is not None:
        sha256, added, *fields = old
        db.execute(sa.delete(versions).where(_is_version(library, id, sha256)))
        row = {"library": library, "article": new.id, "sha256": sha256, "added": added}
        article = dict(zip(ARTICLE_FIELDS, fields, strict=True))
        db.execute(sa.insert(versions), row | {"replaced": stamp(when)} | article)


# -- stories


def join_story(db: sa.Connection, key: int, library: int, text: str) -> None:
    """Set the story of an article, which may turn out to join two stories."""
    wording = Wording(text)
    its_bands = near_duplicates.bands(wording)
    earlier = _copied_stories(db, library, wording, its_bands)
    number = min([key, *earlier])
    for story in earlier:
        if story != number:
            db.execute(
                sa.update(articles)
                .where(articles.c.library == library, articles.c.story == story)
                .values(story=number)
            )
    db.execute(_SET_STORY, {"of": key, "number": number})
    rows = [{"library": library, "band": band, "article": key} for band in its_bands]
    db.execute(_INSERT_BAND, rows)


def join_waiting(db: sa.Connection, library: int) -> int:
    """Set the stories of some articles that have none yet, earliest first; count them."""
    waiting = db.execute(
        sa.select(articles.c.key, articles.c.library, articles.c.text)
        .where(articles.c.library == library, articles.c.story.is_(None))
        .order_by(articles.c.key)
        .limit(AT_A_TIME)
    ).all()
    for key, number, text in waiting:
        join_story(db, key, number, text)
    return len(waiting)


def forget_stories(db: sa.Connection, library: int) -> None:
    """Let no article of a library have a story, as before `join_waiting`."""
    db.execute(sa.delete(bands).where(bands.c.library == library))
    db.execute(sa.update(articles).where(articles.c.library == library).values(story=None))


def first_band(text: str) -> int:
    """The band under which articles with exactly this text are found."""
    return near_duplicates.bands(Wording(text))[0]


def _copied_stories(
    db: sa.Connection, library: int, wording: Wording, its_bands: Sequence[int]
) -> list[int]:
    """The stories of which a text is a copy: mostly none or one.

    A copy of several stories makes them one, unless it is a round-up that shares another part of
    itself with each; a round-up belongs to the first of them.
    """
    wordings: dict[int, Wording] = {}
    for story, text in _candidates(db, library, its_bands):
        other = Wording(text) if story not in wordings else None
        if other and near_duplicates.same(wording, other):
            wordings[story] = other
    copies = list(wordings.values())
    return [
        story
        for story, copy in wordings.items()
        if near_duplicates.same_part(wording, copies[0], copy)
    ]


def _candidates(db: sa.Connection, library: int, its_bands: Sequence[int]) -> list[tuple[int, str]]:
    """The story and the text of those articles that share most with a text, most first."""
    values: dict[str, int | None] = {f"band{n}": None for n in range(near_duplicates.BANDS)}
    values |= {f"band{number}": band for number, band in enumerate(its_bands)}
    with_band: defaultdict[int, list[int]] = defaultdict(list)
    for number, key in db.execute(_ARTICLES_WITH_BANDS, {"library": library} | values):
        with_band[number].append(key)
    shared: defaultdict[int, float] = defaultdict(float)
    for keys in with_band.values():
        for key in keys:
            shared[key] += 1 / len(keys)
    if not shared:
        return []
    best = nlargest(COMPARED, shared, key=lambda key: (shared[key], -key))
    stories = {key: (story, text) for key, story, text in db.execute(_TEXTS, {"keys": best})}
    return [stories[key] for key in best]
