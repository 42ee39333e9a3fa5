"""The articles of all libraries, which are the truth that every index is made from."""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from retrieval.errors import AnotherModel
from retrieval.records import (
    Arrival,
    Article,
    ArticleRef,
    Filters,
    RemovedArticle,
    Span,
    StoredArticle,
    StoredPassage,
    Version,
)
from retrieval.storage import models, writing
from retrieval.storage.database import READ_TOGETHER, Database, portions
from retrieval.storage.feeds import Feeds
from retrieval.storage.models import Changes, Generation, Models
from retrieval.storage.schema import (
    ARTICLE,
    PASSAGE,
    VERSION,
    article_from,
    article_row,
    articles,
    bands,
    libraries,
    number_of,
    paragraphs,
    passage_from,
    passages,
    version_from,
    versions,
)
from retrieval.storage.writing import NewArticle
from retrieval.text import links

_ARTICLES = (
    sa.select(articles.c.key, libraries.c.name, articles.c.added, *ARTICLE)
    .join(libraries, libraries.c.number == articles.c.library)
    .order_by(articles.c.key)
)
_IN_LIBRARY = libraries.c.name == sa.bindparam("library")
_ARTICLE = _ARTICLES.where(_IN_LIBRARY, articles.c.id == sa.bindparam("id"))
_ARTICLE_WITH_LINK = _ARTICLES.where(_IN_LIBRARY, articles.c.link == sa.bindparam("link"))
_PARAGRAPHS = (
    sa.select(paragraphs.c.article, paragraphs.c.start, paragraphs.c.end)
    .where(paragraphs.c.article.in_(sa.bindparam("articles", expanding=True)))
    .order_by(paragraphs.c.article, paragraphs.c.number)
)
_PASSAGES = sa.select(passages.c.id, passages.c.article, libraries.c.name, *PASSAGE).join(
    libraries, libraries.c.number == passages.c.library
)
_PASSAGES_WITH_IDS = _PASSAGES.where(passages.c.id.in_(sa.bindparam("ids", expanding=True)))
_PASSAGES_OF_ARTICLES = sa.select(passages.c.id, passages.c.article).where(
    passages.c.article.in_(sa.bindparam("articles", expanding=True))
)
_PASSAGES_BETWEEN = sa.select(passages.c.id, passages.c.article).where(
    passages.c.article.between(sa.bindparam("first"), sa.bindparam("last"))
)
_STORIES = (
    sa.select(passages.c.id, articles.c.story)
    .join(articles, articles.c.key == passages.c.article)
    .where(passages.c.id.in_(sa.bindparam("ids", expanding=True)), articles.c.story.is_not(None))
)

INSIDE = "!"
"""Separates, in an origin, an archive from the path of a file in it."""


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """What an article said before it was changed, and its id now."""

    version: Version
    now: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed article, with its key and its earlier versions."""

    key: int
    article: Article
    added: datetime
    versions: tuple[Version, ...]

    def to_json(self) -> str:
        """This record as text."""
        earlier = [
            (*article_row(old.article).values(), old.added.isoformat(), old.replaced.isoformat())
            for old in self.versions
        ]
        article = list(article_row(self.article).values())
        record = [self.key, article, self.added.isoformat(), earlier]
        return json.dumps(record, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Removed:
        """The record in a text of `to_json`."""
        key, fields, added, earlier = json.loads(text)
        added = datetime.fromisoformat(added)
        return cls(key, article_from(fields), added, tuple(map(version_from, earlier)))


@dataclass(frozen=True, slots=True)
class Holdings:
    """The publishers, authors and days of publication of all articles of some libraries.

    Each is sorted and without repetitions. `dated` and `undated` count articles.
    """

    publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    dated: int = 0
    undated: int = 0

    def begins_before(self, day: date) -> bool:
        """Whether an article was published before a day."""
        return bool(self.days) and self.days[0] < day

    def has_any(self, since: date | None, until: date | None) -> bool:
        """Whether an article was published from one day to another, both included."""
        place = bisect_left(self.days, since or date.min)
        return place < len(self.days) and (until is None or self.days[place] <= until)


class Catalog:
    """The articles of all libraries in one SQLite file, safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises QuotewiseError if that cannot be done."""
        self._db = Database(path)
        self.close = self._db.close
        self.read_only = self._db.read_only
        self.check_writable = self._db.check_writable
        self.models = Models(self._db)
        self.feeds = Feeds(self._db)
        self.origins = Origins(self._db)

    def libraries(self) -> dict[str, int]:
        """The libraries by name, with their numbers."""
        query = sa.select(libraries.c.name, libraries.c.number).order_by(libraries.c.number)
        return dict(self._db.rows(query))

    def generation(self, library: int) -> Generation:
        """The last change to a library."""
        return models.generation(self._db, library)

    def changes(self, model: int) -> Changes:
        """The passages that one model has made, as they were added and removed."""
        return Changes(self._db, model)

    # -- reading: articles

    def article(self, ref: ArticleRef) -> StoredArticle | None:
        """The article with this id."""
        return next(self._select_articles(_ARTICLE, library=ref.library, id=ref.id), None)

    def article_with_url(self, library: str, url: str) -> StoredArticle | None:
        """The article with this link, or with one that leads to the same page."""
        link = links.normalised(url)
        return next(self._select_articles(_ARTICLE_WITH_LINK, library=library, link=link), None)

    def with_text(self, library: str, article: Article) -> list[Article]:
        """The articles of a library with the same text.

        Short ones from the first versions of Quotewise are found only after `compare_again`.
        """
        query = (
            sa.select(*ARTICLE)
            .join(bands, bands.c.article == articles.c.key)
            .where(
                bands.c.library == number_of(library),
                bands.c.band == writing.first_band(article.text),
                articles.c.sha256 == article.sha256,
            )
            .order_by(articles.c.key)
        )
        return [article_from(fields) for fields in self._db.rows(query)]

    def articles(self, library: str) -> Iterator[StoredArticle]:
        """All articles of a library, in the order in which they were added."""
        return self._select_articles(_ARTICLES.where(_IN_LIBRARY), library=library)

    def ids(self, library: str) -> list[str]:
        """The ids of all articles of a library, in the order in which they were added."""
        query = sa.select(articles.c.id).where(articles.c.library == number_of(library))
        return [id for (id,) in self._db.rows(query.order_by(articles.c.key))]

    def ids_beginning_with(self, library: str, beginning: str) -> list[str]:
        """Ids of articles that begin so, at most ten."""
        query = sa.select(articles.c.id).where(
            articles.c.library == number_of(library),
            sa.func.substr(articles.c.id, 1, len(beginning)) == beginning,
        )
        return [id for (id,) in self._db.rows(query.order_by(articles.c.id).limit(10))]

    def recorded_hashes(self, library: int) -> Iterator[Sequence[Any]]:
        """The id, the text and the recorded SHA-256 of each article and of each earlier version."""
        return self._db.rows(
            sa.union_all(
                *(
                    sa.select(table.c.id, table.c.text, table.c.sha256).where(
                        table.c.library == library
                    )
                    for table in (articles, versions)
                )
            )
        )

    # -- reading: new articles

    def latest(self) -> int:
        """The key of the article that was added last; 0 if there is none."""
        return int(self._db.scalar(sa.select(sa.func.max(articles.c.key))) or 0)

    def arrivals(self, names: Sequence[str], after: int) -> list[Arrival]:
        """The articles of some libraries that were added after the one with this key, in order."""
        records = self._db.rows(
            # An article without a story is a story of its own.
            sa.select(
                articles.c.key,
                libraries.c.name,
                articles.c.id,
                sa.func.coalesce(articles.c.story, articles.c.key),
            )
            .join(libraries, libraries.c.number == articles.c.library)
            .where(articles.c.key > after, libraries.c.name.in_(names))
            .order_by(articles.c.key)
        )
        return [
            Arrival(key, article, story)
            for key, library, id, story in records
            if (article := self.article(ArticleRef(library, id)))
        ]

    def keys(self, refs: Sequence[ArticleRef]) -> set[int]:
        """The keys of those of these articles that still exist."""
        name_and_id = sa.tuple_(libraries.c.name, articles.c.id)
        records = self._db.rows(
            sa.select(articles.c.key)
            .join(libraries, libraries.c.number == articles.c.library)
            .where(name_and_id.in_([(ref.library, ref.id) for ref in refs]))
        )
        return {key for (key,) in records}

    # -- reading: who published what, and when

    # All of this is read from the index `articles_by_publication`, never from the texts.

    def holdings(self, numbers: Collection[int]) -> Holdings:
        """Who published the articles of some libraries, and when."""
        here = articles.c.library.in_(numbers)

        def all_of(column: sa.ColumnElement[Any]) -> tuple[Any, ...]:
            query = sa.select(column).distinct().where(here, column.is_not(None)).order_by(column)
            return tuple(value for (value,) in self._db.rows(query))

        published = articles.c.published
        dated, total = next(
            self._db.rows(
                sa.select(sa.func.count(published), sa.func.count())
                .select_from(articles)
                .where(here)
            )
        )
        days = all_of(sa.func.substr(published, 1, 10))
        return Holdings(
            all_of(articles.c.source),
            all_of(articles.c.author),
            tuple(map(date.fromisoformat, days)),
            dated,
            total - dated,
        )

    def keys_within(self, numbers: Collection[int], filters: Filters) -> set[int]:
        """The keys of the articles that filters admit; with dates set, only of dated articles."""
        published = articles.c.published
        query = sa.select(articles.c.key).where(*_besides_time(numbers, filters))
        if filters.since:
            query = query.where(published >= filters.since.isoformat())
        if filters.until and filters.until < date.max:
            # In the order of letters, too, a day and its hours come before the next day.
            query = query.where(published < (filters.until + timedelta(1)).isoformat())
        return {key for (key,) in self._db.rows(query)}

    def count_undated(self, numbers: Collection[int], filters: Filters) -> int:
        """How many articles have no date, of those that the filters would admit at some time."""
        undated = (*_besides_time(numbers, filters), articles.c.published.is_(None))
        return int(
            self._db.scalar(sa.select(sa.func.count()).select_from(articles).where(*undated))
        )

    # -- reading: versions and stories

    def versions(self, ref: ArticleRef) -> list[Version]:
        """What an article said before it was changed, earliest first."""
        query = sa.select(*VERSION).where(
            versions.c.library == number_of(ref.library), versions.c.article == ref.id
        )
        return [version_from(row) for row in self._db.rows(query.order_by(versions.c.number))]

    def version(self, ref: ArticleRef, sha256: str) -> EarlierVersion | None:
        """What an article said when it had this id and this hash, if it says something else now."""
        row = self._db.first_row(
            sa.select(*VERSION, versions.c.article).where(
                versions.c.library == number_of(ref.library),
                versions.c.id == ref.id,
                versions.c.sha256 == sha256,
            )
        )
        return None if row is None else EarlierVersion(version_from(row[:-1]), row[-1])

    def stories(self, ids: Sequence[int]) -> dict[int, int]:
        """The number of the story of each passage's article, by the passage's id."""
        return dict(self._db.rows(_STORIES, ids=list(ids)))

    def articles_of_story(self, story: int, limit: int) -> dict[int, Article]:
        """The articles of a story by their keys, in the order in which they were added."""
        library = sa.select(articles.c.library).where(articles.c.key == story).scalar_subquery()
        query = (
            sa.select(articles.c.key, *ARTICLE)
            .where(articles.c.story == story, articles.c.library == library)
            .order_by(articles.c.key)
            .limit(limit)
        )
        return {key: article_from(fields) for key, *fields in self._db.rows(query)}

    # -- reading: passages

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with these ids, in this order, without those that no longer exist."""
        records = {
            id: (key, library, fields)
            for id, key, library, *fields in self._db.rows(_PASSAGES_WITH_IDS, ids=list(ids))
        }
        of_key = models.articles_with_keys(self._db, {key for key, _, _ in records.values()})
        return [
            StoredPassage(id, library, of_key[key], passage_from(fields))
            for id, (key, library, fields) in ((id, records[id]) for id in ids if id in records)
            if key in of_key
        ]

    def passages_within(self, keys: Collection[int]) -> set[int]:
        """The ids of the passages of articles, by the keys of these."""
        ids = set[int]()
        for some in portions(sorted(keys)):
            first, last = some[0], some[-1]
            if 2 * len(some) > last - first:  # then a range is quicker than a list
                chosen = set(some)
                rows = self._db.rows(_PASSAGES_BETWEEN, first=first, last=last)
                ids |= {id for id, article in rows if article in chosen}
            else:
                rows = self._db.rows(_PASSAGES_OF_ARTICLES, articles=some)
                ids |= {id for id, _ in rows}
        return ids

    def passages_of(self, library: int) -> Iterator[StoredPassage]:
        """Every passage of a library, of whatever model, oldest first."""
        query = _PASSAGES.where(passages.c.library == library).order_by(passages.c.id)
        for id, article, (name, *fields) in models.with_articles(self._db, self._db.rows(query)):
            yield StoredPassage(id, name, article, passage_from(fields))

    def damage(self) -> list[str]:
        """What SQLite finds wrong with its file; empty if nothing is."""
        return self._db.integrity_problems() + [
            f"passage {id}: its vector or its sentences have the wrong length"
            for id in self.models.misshapen_passages()
        ]

    # -- writing

    def put(self, new: Sequence[NewArticle], *, model: str) -> None:
        """Store these articles, each in the place of those it replaces: all of them or none.

        `model` is the fingerprint of the one that has read them. Raises AnotherModel if that is
        not the one in use.
        """
        with self._db.transaction() as db:
            writing.put(db, new, self._used(db, model))

    def remove(self, ref: ArticleRef) -> RemovedArticle | None:
        """Remove an article and return it as it was; None if it does not exist."""
        with self._db.transaction() as db:
            stored = self.article(ref)
            if stored is None:
                return None
            (key,) = self.keys([ref])
            removed = Removed(key, stored.article, stored.added, tuple(self.versions(ref)))
            writing.remove(db, self.libraries()[ref.library], ref.id)
        return RemovedArticle(
            stored.article, ref.library, stored.added, stored.paragraphs, removed.to_json()
        )

    def restore(self, new: NewArticle, earlier: Sequence[Version], *, model: str) -> bool:
        """Put a removed article and its versions back, unless another has its id or link.

        Returns whether they were put back. Raises AnotherModel as `put` does.
        """
        article = new.article
        with self._db.transaction() as db:
            used = self._used(db, model)
            if self.article(ArticleRef(new.library, article.id)) or (
                article.url and self.article_with_url(new.library, article.url)
            ):
                return False
            writing.put(db, [new], used)
            writing.put_versions_back(db, self.libraries()[new.library], article.id, earlier)
            return True

    def compare_again(self, library: str) -> None:
        """Find the stories of a library again, some articles at a time."""
        number = self.libraries()[library]
        with self._db.transaction() as db:
            writing.forget_stories(db, number)
        waiting = True
        while waiting:
            with self._db.transaction() as db:
                waiting = writing.join_waiting(db, number) > 0

    def remove_all(self, library: str) -> int:
        """Remove all articles of a library, their versions, and its feeds; count the articles."""
        with self._db.transaction() as db:
            number = self.libraries().get(library)
            return 0 if number is None else writing.remove_all(db, number)

    def rename(self, library: str, name: str) -> bool:
        """Rename a library; False if the name is taken."""
        with self._db.transaction() as db:
            if name in self.libraries():
                return False
            renamed = sa.update(libraries).where(libraries.c.name == library).values(name=name)
            return db.execute(renamed).rowcount > 0

    def _select_articles(self, query: Any, **values: object) -> Iterator[StoredArticle]:
        for some in portions(self._db.rows(query, **values), READ_TOGETHER):
            spans: dict[int, list[Span]] = {key: [] for key, *_ in some}
            for key, start, end in self._db.rows(_PARAGRAPHS, articles=list(spans)):
                spans[key].append(Span(start, end))
            for key, library, added, *fields in some:
                when = datetime.fromisoformat(added)
                yield StoredArticle(article_from(fields), library, when, tuple(spans[key]))

    def _used(self, db: sa.Connection, model: str) -> int:
        """The number of the model in use. Raises AnotherModel if that is not this one."""
        used = self.models.in_use_or(db, model)
        if used.fingerprint != model:
            raise AnotherModel
        return used.number


def _besides_time(numbers: Collection[int], filters: Filters) -> list[sa.ColumnElement[bool]]:
    named = (
        (articles.c.source, filters.sources),
        (articles.c.author, filters.authors),
        (articles.c.id, filters.articles),
    )
    return [
        articles.c.library.in_(numbers),
        *(column.in_(names) for column, names in named if names),
    ]


# -- origins


@dataclass(frozen=True, slots=True)
class FromFile:
    """Where an article came from."""

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

    def change(self, ref: ArticleRef, origin: str) -> None:
        """Set the file that an article is in now."""
        with self._db.transaction() as db:
            db.execute(
                sa.update(articles)
                .where(articles.c.library == number_of(ref.library), articles.c.id == ref.id)
                .values(origin=origin)
            )

    def _between(self, library: str, first: str, end: str) -> Iterator[FromFile]:
        query = (
            sa.select(articles.c.origin, articles.c.id, articles.c.url, articles.c.added)
            .where(
                articles.c.library == number_of(library),
                articles.c.origin >= first,
                articles.c.origin < end,
            )
            .order_by(articles.c.key)
        )
        for origin, id, url, added in self._db.rows(query):
            yield FromFile(origin, id, url, datetime.fromisoformat(added))
