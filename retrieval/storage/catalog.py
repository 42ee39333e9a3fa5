"""The catalog: the articles of all libraries, which are the truth that every index is made from.

Each library counts its changes in a generation number and gives each a random id. An index asks
for what changed since its own generation; if the catalog has another id for that generation, the
index is made again.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from retrieval.errors import AnotherModel
from retrieval.records import (
    Arrival,
    Article,
    ArticleRef,
    Filters,
    Floats,
    ListedArticle,
    Passage,
    RemovedArticle,
    StoredArticle,
    StoredPassage,
    Version,
)
from retrieval.storage import schema, stories
from retrieval.storage.database import READ_TOGETHER, Database, portions
from retrieval.storage.feeds import Feeds
from retrieval.storage.migrations import CATALOG
from retrieval.storage.schema import ARTICLE, Generation, NewArticle, article_from, number_of
from retrieval.text import links, segmentation

REMOVED_TOGETHER = 1_000
"""Passages that are removed in one transaction, which others have to wait for."""

INSIDE = "!"
"""Separates, in an origin, an archive from the path of a file in it."""

_articles, _passages, _removals = schema.articles, schema.passages, schema.removals
_versions, _models, _libraries = schema.versions, schema.models, schema.libraries
_a, _p, _r, _v = _articles.c, _passages.c, _removals.c, _versions.c
_m, _l, _h = _models.c, _libraries.c, schema.history.c


def _given(name: str) -> sa.BindParameter[Any]:
    """A list of values that a query is given."""
    return sa.bindparam(name, expanding=True)


# Queries that are needed often. An article without a story is a story of its own.
_GENERATION = (
    sa.select(_l.generation, _h.id)
    .join(schema.history, sa.and_(_h.library == _l.number, _h.generation == _l.generation))
    .where(_l.number == sa.bindparam("library"))
)
_ARTICLES = (
    sa.select(_a.key, sa.func.coalesce(_a.story, _a.key), _l.name, _a.added, *ARTICLE)
    .join(_libraries, _l.number == _a.library)
    .order_by(_a.key)
)
_OF_LIBRARY = _ARTICLES.where(_l.name == sa.bindparam("library"))
_WITH_ID = _OF_LIBRARY.where(_a.id == sa.bindparam("id"))
_WITH_LINK = _OF_LIBRARY.where(_a.link == sa.bindparam("link"))
_TEXTS = sa.select(_a.key, *ARTICLE).where(_a.key.in_(_given("keys")))
_PASSAGES = sa.select(_p.id, _p.article, _l.name, *schema.PASSAGE).join(
    _libraries, _l.number == _p.library
)
_PASSAGES_WITH_IDS = _PASSAGES.where(_p.id.in_(_given("ids")))
_VECTORS_WITH_IDS = sa.select(_p.id, _p.vector).where(_p.id.in_(_given("ids")))
_PASSAGES_OF_ARTICLES = sa.select(_p.id, _p.article).where(_p.article.in_(_given("keys")))
_PASSAGES_BETWEEN = sa.select(_p.id, _p.article).where(
    _p.article.between(sa.bindparam("first"), sa.bindparam("last"))
)
_STORIES = (
    sa.select(_p.id, _a.story)
    .join(_articles, _a.key == _p.article)
    .where(_p.id.in_(_given("ids")), _a.story.is_not(None))
)
_REPLACED = sa.select(_a.key, _a.id).where(
    _a.library == sa.bindparam("library"), _a.id.in_(_given("ids"))
)
_NEXT = sa.select(_m.number).where(_m.role == "next").scalar_subquery()
_READ_BY_NEXT = sa.exists().where(_p.article == _a.key, _p.model == _NEXT)


class Catalog(Database):
    """The articles of all libraries, safe for several threads and processes."""

    def __init__(self, place: Path | str, *, make: bool = True, filling: bool = False) -> None:
        """Open the file, or the database at a URL. Raises QuotewiseError as `Database` does."""
        super().__init__(place, CATALOG, make=make, filling=filling)
        self.models = Models(self)
        self.feeds = Feeds(self)
        self.origins = Origins(self)

    def libraries(self) -> dict[str, int]:
        """The libraries by name, with their numbers."""
        return dict(self.rows(sa.select(_l.name, _l.number).order_by(_l.number)))

    def generation(self, library: int) -> Generation:
        """The last change to a library; `BEGINNING` for one that has none."""
        return Generation(*self.first_row(_GENERATION, library=library) or schema.BEGINNING)

    # -- reading: articles

    def article(self, ref: ArticleRef) -> StoredArticle | None:
        """The article with this id."""
        with_id = self.arrivals_of(_WITH_ID, library=ref.library, id=ref.id)
        return next((arrival.stored for arrival in with_id), None)

    def article_with_url(self, library: str, url: str) -> StoredArticle | None:
        """The article with this link, or with one that leads to the same page."""
        with_link = self.arrivals_of(_WITH_LINK, library=library, link=links.normalised(url))
        return next((arrival.stored for arrival in with_link), None)

    def with_text(self, library: str, article: Article) -> list[Article]:
        """The articles of a library with the same text.

        Short ones from the first versions of Quotewise are found only after `compare_again`.
        """
        keys = stories.keys_with_first_band(number_of(library), article.text)
        query = sa.select(*ARTICLE).where(_a.key.in_(keys), _a.sha256 == article.sha256)
        return [article_from(fields) for fields in self.rows(query.order_by(_a.key))]

    def articles(self, library: str) -> Iterator[StoredArticle]:
        """All articles of a library, in the order in which they were added."""
        rows = self.many_rows(_OF_LIBRARY, library=library)
        for arrival in map(_arrival_from, rows):
            yield arrival.stored

    def ids(self, library: str) -> list[str]:
        """The ids of all articles of a library, in the order in which they were added."""
        query = sa.select(_a.id).where(_a.library == number_of(library)).order_by(_a.key)
        return [id for (id,) in self.rows(query)]

    def listing(self, library: str) -> list[ListedArticle]:
        """The metadata of all articles of a library, in the same order; no text is read."""
        query = sa.select(*schema.LISTED).where(_a.library == number_of(library)).order_by(_a.key)
        return [schema.listed_from(fields) for fields in self.rows(query)]

    def ids_beginning_with(self, library: str, beginning: str) -> list[str]:
        """Ids of articles that begin so, at most ten."""
        begins = sa.func.substr(_a.id, 1, len(beginning)) == beginning
        query = sa.select(_a.id).where(_a.library == number_of(library), begins)
        return [id for (id,) in self.rows(query.order_by(_a.id).limit(10))]

    def latest(self) -> int:
        """The key of the article that was added last; 0 if there is none."""
        return int(self.scalar(sa.select(sa.func.max(_a.key))) or 0)

    def arrivals(self, names: Sequence[str], after: int) -> list[Arrival]:
        """The articles of some libraries that were added after the one with this key, in order."""
        return list(self.arrivals_of(_ARTICLES.where(_a.key > after, _l.name.in_(names))))

    def keys(self, refs: Sequence[ArticleRef]) -> set[int]:
        """The keys of those of these articles that still exist."""
        these = [(ref.library, ref.id) for ref in refs]
        query = sa.select(_a.key).join(_libraries, _l.number == _a.library)
        return {key for (key,) in self.rows(query.where(sa.tuple_(_l.name, _a.id).in_(these)))}

    def arrivals_of(self, query: sa.Select[Any], **values: object) -> Iterator[Arrival]:
        """The articles of a query of `_ARTICLES`, with their keys and stories."""
        return map(_arrival_from, self.rows(query, **values))

    # -- reading: who published what, and when

    # All of this is read from the index `articles_by_publication`, never from the texts.

    def holdings(self, numbers: Collection[int]) -> schema.Holdings:
        """Who published the articles of some libraries, and when."""
        here = _a.library.in_(numbers)

        def all_of(column: sa.ColumnElement[Any]) -> tuple[Any, ...]:
            query = sa.select(column).distinct().where(here, column.is_not(None)).order_by(column)
            return tuple(value for (value,) in self.rows(query))

        publishers, authors = all_of(_a.source), all_of(_a.author)
        days = tuple(map(date.fromisoformat, all_of(sa.func.substr(_a.published, 1, 10))))
        counts = sa.select(sa.func.count(_a.published), sa.func.count(_a.key)).where(here)
        dated, total = self.first_row(counts)
        return schema.Holdings(publishers, authors, days, dated, total - dated)

    def keys_within(self, numbers: Collection[int], filters: Filters) -> set[int]:
        """The keys of the articles that filters admit; with dates set, only of dated articles."""
        query = sa.select(_a.key).where(*_besides_time(numbers, filters))
        if filters.since:
            query = query.where(_a.published >= filters.since.isoformat())
        if filters.until and filters.until < date.max:
            # In the order of letters, too, a day and its hours come before the next day.
            query = query.where(_a.published < (filters.until + timedelta(1)).isoformat())
        return {key for (key,) in self.rows(query)}

    def count_undated(self, numbers: Collection[int], filters: Filters) -> int:
        """How many articles have no date, of those that the filters would admit at some time."""
        undated = (*_besides_time(numbers, filters), _a.published.is_(None))
        return int(self.scalar(sa.select(sa.func.count(_a.key)).where(*undated)))

    # -- reading: versions and stories

    def versions(self, ref: ArticleRef) -> list[Version]:
        """What an article said before it was changed, earliest first."""
        of_article = (_v.library == number_of(ref.library), _v.article == ref.id)
        query = sa.select(*schema.VERSION).where(*of_article).order_by(_v.number)
        return [schema.version_from(row) for row in self.rows(query)]

    def version(self, ref: ArticleRef, sha256: str) -> tuple[Version, str] | None:
        """What an article said with this id and this hash, if it was changed, and its id now."""
        this = _is_version(number_of(ref.library), ref.id, sha256)
        row = self.first_row(sa.select(*schema.VERSION, _v.article).where(this))
        return None if row is None else (schema.version_from(row[:-1]), row[-1])

    def stories(self, ids: Sequence[int]) -> dict[int, int]:
        """The number of the story of each passage's article, by the passage's id."""
        return dict(self.rows(_STORIES, ids=list(ids)))

    def articles_of_story(self, story: int, limit: int) -> dict[int, Article]:
        """The articles of a story by their keys, in the order in which they were added."""
        library = sa.select(_a.library).where(_a.key == story).scalar_subquery()
        query = sa.select(_a.key, *ARTICLE).where(_a.story == story, _a.library == library)
        rows = self.rows(query.order_by(_a.key).limit(limit))
        return {key: article_from(fields) for key, *fields in rows}

    # -- reading: passages

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with these ids, in this order, without those that no longer exist."""
        stored = self._stored(self.rows(_PASSAGES_WITH_IDS, ids=list(ids)))
        by_id = {passage.id: passage for passage in stored}
        return [by_id[id] for id in ids if id in by_id]

    def passages_of(self, library: int) -> Iterator[StoredPassage]:
        """Every passage of a library, of whatever model, oldest first."""
        query = _PASSAGES.where(_p.library == library).order_by(_p.id)
        return self._stored(self.many_rows(query))

    def passages_within(self, keys: Collection[int]) -> set[int]:
        """The ids of the passages of articles, by the keys of these."""
        ids = set[int]()
        for some in portions(sorted(keys)):
            first, last = some[0], some[-1]
            if 2 * len(some) > last - first:  # then a range is quicker than a list
                chosen = set(some)
                rows = self.rows(_PASSAGES_BETWEEN, first=first, last=last)
                ids |= {id for id, article in rows if article in chosen}
            else:
                ids |= {id for id, _ in self.rows(_PASSAGES_OF_ARTICLES, keys=some)}
        return ids

    def with_articles(self, rows: Iterable[Any]) -> Iterator[tuple[Any, Article]]:
        """Rows of passages, whose second column is their article, and these articles."""
        known: dict[int, Article] = {}
        for some in portions(rows, READ_TOGETHER):
            keys = {key for _, key, *_ in some}
            # The passages of an article follow each other, and its text may be long: read it once.
            known = {key: article for key, article in known.items() if key in keys}
            for key, *fields in self.rows(_TEXTS, keys=list(keys - known.keys())):
                known[key] = article_from(fields)
            for row in some:
                if row[1] in known:  # else it was removed since the query began
                    yield row, known[row[1]]

    def _stored(self, rows: Iterable[Any]) -> Iterator[StoredPassage]:
        for (id, _, library, *fields), article in self.with_articles(rows):
            yield StoredPassage(id, library, article, schema.passage_from(fields))

    # -- reading: is all as it was written?

    def damage(self) -> Iterator[str]:
        """What is not as it was written, a sentence each."""
        yield from super().damage()
        for c, what in (_a, "article"), (_v, "an earlier version of article"):
            # As bytes, for a damaged text may not be one.
            checked = (self.engine.as_bytes(c[name]) for name in schema.ARTICLE_CHECKED)
            rows = self.many_rows(sa.select(c.sha256, c.checksum, *checked))
            for sha256, checksum, *values in rows:
                id, _, text, *_ = values
                name = f"{what} {id.decode(errors='replace')}"
                if hashlib.sha256(text).hexdigest() != sha256:
                    yield f"{name}: its text is not the text that was added"
                elif schema.checksum(*values) != checksum:
                    yield f"{name}: its title, source, link or date is not what was added"
        columns = _a.id, _p.id, _p.checksum, _p.article, *schema.PASSAGE
        passages = sa.select(*columns).outerjoin(_articles, _a.key == _p.article)
        for article, number, checksum, *checked in self.many_rows(passages):
            if article is None or schema.checksum(*checked) != checksum:
                yield f"article {article}: its passage {number} is not what was stored"

    # -- writing

    def put(self, new: Sequence[NewArticle], *, model: str) -> None:
        """Store these articles, each in the place of those it replaces: all of them or none.

        `model` is the fingerprint of the one that has read them. Raises AnotherModel if that is
        not the one in use.
        """
        with self.transaction() as db:
            self._put(db, new, model)

    def remove(self, ref: ArticleRef) -> RemovedArticle | None:
        """Remove an article and its earlier versions, and return it; None if it does not exist."""
        with self.transaction():
            this = next(self.arrivals_of(_WITH_ID, library=ref.library, id=ref.id), None)
            if this is None:
                return None
            stored, earlier = this.stored, self.versions(ref)
            number = self.libraries()[ref.library]
            self._delete_article(number, self._next_generation(number), this.key)
            of_article = (_v.library == number, _v.article == ref.id)
            self.execute(sa.delete(_versions).where(*of_article))
        record = schema.Removed(this.key, stored.article, stored.added, earlier).to_json()
        return RemovedArticle(stored.article, ref.library, stored.added, stored.paragraphs, record)

    def restore(self, new: NewArticle, earlier: Sequence[Version], *, model: str) -> bool:
        """Put a removed article and its versions back, unless another has its id or link.

        Returns whether they were put back. Raises AnotherModel as `put` does.
        """
        article = new.article
        with self.transaction() as db:
            if self.article(ArticleRef(new.library, article.id)) or (
                article.url and self.article_with_url(new.library, article.url)
            ):
                return False
            self._put(db, [new], model)
            library = self.libraries()[new.library]
            for version in earlier:
                sha256 = version.article.sha256
                this = _is_version(library, version.article.id, sha256)
                if self.scalar(sa.select(_v.number).where(this)) is None:
                    row = {"library": library, "article": article.id, "sha256": sha256}
                    row = schema.with_checksum(row | schema.version_row(version))
                    self.execute(sa.insert(_versions), row)
            return True

    def compare_again(self, library: str) -> None:
        """Find the stories of a library again, some articles at a time."""
        number = self.libraries()[library]
        with self.transaction():
            stories.forget(self, number)
        waiting = True
        while waiting:
            with self.transaction():
                waiting = stories.join_waiting(self, number) > 0

    def remove_all(self, library: str) -> int:
        """Remove all articles of a library, their versions, and its feeds; count the articles."""
        with self.transaction():
            number = self.libraries().get(library)
            if number is None:
                return 0
            self._note_removals(number, self._next_generation(number), _p.library == number)
            for table in (_versions, schema.feeds):
                self.execute(sa.delete(table).where(table.c.library == number))
            return self.execute(sa.delete(_articles).where(_a.library == number)).rowcount

    def rename(self, library: str, name: str) -> bool:
        """Rename a library; False if the name is taken."""
        with self.transaction():
            if name in self.libraries():
                return False
            renamed = sa.update(_libraries).where(_l.name == library).values(name=name)
            return self.execute(renamed).rowcount > 0

    def put_passages(self, article: int, model: int, made: Sequence[Passage]) -> None:
        """Store the passages that another model has made of an article, if that still exists."""
        library = self.scalar(sa.select(_a.library).where(_a.key == article))
        if library is not None:
            place = {"library": library, "generation": self._next_generation(library)}
            self._insert_passages(made, article=article, model=model, **place)

    def _put(self, db: sa.Connection, new: Sequence[NewArticle], fingerprint: str) -> None:
        model = self.models.number_in_use(fingerprint)
        changes: dict[str, tuple[int, int]] = {}
        for item in new:
            if item.library not in changes:
                number = schema.library_number(db, item.library)
                changes[item.library] = number, self._next_generation(number)
            library, generation = changes[item.library]
            ids = [item.article.id, *item.replaces]
            for key, id in list(self.rows(_REPLACED, library=library, ids=ids)):
                self._keep_version(library, key, id, item)
                self._delete_article(library, generation, key)
            key = self._insert_article(library, item)
            place = {"library": library, "generation": generation}
            self._insert_passages(item.passages, article=key, model=model, **place)
            stories.join(self, key, library, item.article.text)
        for library, _ in changes.values():
            stories.join_waiting(self, library)

    def _next_generation(self, library: int) -> int:
        """Count a change to a library."""
        this = sa.update(_libraries).where(_l.number == library)
        counted = this.values(generation=_l.generation + 1).returning(_l.generation)
        generation: int = self.execute(counted).scalar_one()
        row = {"library": library, "generation": generation, "id": uuid.uuid4().hex}
        self.execute(sa.insert(schema.history), row)
        return generation

    def _insert_article(self, library: int, new: NewArticle) -> int:
        article = new.article
        row: dict[str, Any] = {
            "library": library,
            "added": schema.stamp(new.added),
            "sha256": article.sha256,
            "link": links.normalised(article.url) if article.url else None,
            **schema.article_row(article),
        }
        if new.key is not None:
            row["key"] = new.key
        insert = sa.insert(_articles).returning(_a.key)
        return int(self.execute(insert, schema.with_checksum(row)).scalar_one())

    def _insert_passages(self, made: Sequence[Passage], article: int, **place: int) -> None:
        """Insert what a model has made of an article; `place` are the other columns."""
        if made:
            rows = [{**place, **schema.passage_row(passage, article)} for passage in made]
            self.execute(sa.insert(_passages), rows)

    def _delete_article(self, library: int, generation: int, key: int) -> None:
        self._note_removals(library, generation, _p.article == key)
        of_story = (_a.library == library, _a.story == key)
        heir = self.scalar(sa.select(sa.func.min(_a.key)).where(*of_story, _a.key != key))
        if heir is not None:  # the story goes on without its first article
            self.execute(sa.update(_articles).where(*of_story).values(story=heir))
        self.execute(sa.delete(_articles).where(_a.key == key))

    def _note_removals(self, library: int, generation: int, which: Any) -> None:
        """Note some passages as removed in a generation."""
        change = sa.literal(library), sa.literal(generation)
        gone = sa.select(*change, _p.id, _p.generation, _p.model).where(which)
        names = ["library", "generation", "passage", "added", "model"]
        self.execute(sa.insert(_removals).from_select(names, gone))

    def _keep_version(self, library: int, key: int, id: str, new: NewArticle) -> None:
        """Keep an article and its versions as versions of the one that replaces it."""
        if id != new.article.id:
            of_article = (_v.library == library, _v.article == id)
            self.execute(sa.update(_versions).where(*of_article).values(article=new.article.id))
        changed = (_a.key == key, _a.sha256 != new.article.sha256)
        sha256 = sa.select(_a.sha256).where(*changed).scalar_subquery()
        self.execute(sa.delete(_versions).where(_is_version(library, id, sha256)))
        names = ["library", "sha256", "added", "checksum", *schema.ARTICLE_FIELDS]
        now = sa.literal(new.article.id), sa.literal(schema.stamp(new.added))
        old = sa.select(*now, *(_a[name] for name in names)).where(*changed)
        self.execute(sa.insert(_versions).from_select(["article", "replaced", *names], old))


def _arrival_from(row: Any) -> Arrival:
    """The arrival in a row of `_ARTICLES`."""
    key, story, library, added, *fields = row
    article, when = article_from(fields), schema.time_from(added)
    paragraphs = tuple(segmentation.paragraphs(article.text))
    return Arrival(key, StoredArticle(article, library, when, paragraphs), story)


def _is_version(library: Any, id: str, sha256: Any) -> sa.ColumnElement[bool]:
    return sa.and_(_v.library == library, _v.id == id, _v.sha256 == sha256)


def _besides_time(numbers: Collection[int], filters: Filters) -> list[sa.ColumnElement[bool]]:
    named = (
        (_a.source, filters.sources),
        (_a.author, filters.authors),
        (_a.id, filters.articles),
    )
    return [_a.library.in_(numbers), *(column.in_(names) for column, names in named if names)]


@dataclass(frozen=True, slots=True)
class Changes:
    """The passages of one model, by the generations in which they were added and removed.

    All models share one count for each library, so many generations change nothing for one model.
    """

    catalog: Catalog
    model: int

    def generation(self, library: int) -> Generation:
        """The last change to a library; `BEGINNING` for one that has none."""
        return self.catalog.generation(library)

    def has(self, library: int, generation: Generation) -> bool:
        """Whether a generation belongs to the history of this catalog."""
        this = (_h.library == library, _h.generation == generation.number)
        known = sa.select(_h.id).where(*this)
        return generation == schema.BEGINNING or self.catalog.scalar(known) == generation.id

    def are_none_since(self, library: int, before: Generation, now: Generation) -> bool:
        """Whether no passage was added or removed between an earlier generation and now."""
        between = library, before.number, now.number
        return before == now or (
            self.has(library, before)
            and not any(
                self.catalog.first_row(
                    sa.select(c.generation).where(*self._between(c, *between)).limit(1)
                )
                for c in (_p, _r)
            )
        )

    def texts_between(
        self, library: int, after: int, up_to: int
    ) -> Iterator[tuple[int, str, Article]]:
        """What was added between two generations and still exists: ids, texts and articles."""
        between = self._between(_p, library, after, up_to)
        query = sa.select(_p.id, _p.article, _p.start, _p.end).where(*between).order_by(_p.id)
        rows = self.catalog.many_rows(query)
        for (id, _, start, end), article in self.catalog.with_articles(rows):
            yield id, article.text[start:end], article

    def vectors_between(
        self, library: int, after: int, up_to: int
    ) -> Iterator[tuple[Sequence[int], bytes]]:
        """The ids and vectors of what was added between two generations and still exists.

        They come in portions, the vectors as stored, one after the other.
        """
        # Unordered: to sort them would take twice as long as to read them.
        query = sa.select(_p.id, _p.vector).where(*self._between(_p, library, after, up_to))
        for some in portions(self.catalog.many_rows(query)):
            ids, vectors = zip(*some, strict=True)
            yield ids, b"".join(vectors)

    def vectors(self, ids: Sequence[int]) -> dict[int, Floats]:
        """The vectors (dimension,) of the passages with these ids, of those that still exist."""
        rows = self.catalog.rows(_VECTORS_WITH_IDS, ids=list(ids))
        return {id: schema.vector_from(stored) for id, stored in rows}

    def removed_between(self, library: int, after: int, up_to: int) -> list[int]:
        """The ids of passages that were removed between two generations."""
        query = sa.select(_r.passage).where(*self._between(_r, library, after, up_to))
        return [id for (id,) in self.catalog.rows(query)]

    def passage_ids(self, library: int) -> list[int]:
        """The ids of all passages of a library, in order."""
        mine = (_p.library == library, _p.model == self.model)
        query = sa.select(_p.id).where(*mine).order_by(_p.id)
        return [id for (id,) in self.catalog.rows(query)]

    def count_passages_at(self, library: int, generation: int) -> int:
        """How many passages a library had at a generation."""
        still = sa.select(sa.func.count(_p.id)).where(
            _p.library == library, _p.model == self.model, _p.generation <= generation
        )
        removed_since = sa.select(sa.func.count(_r.passage)).where(
            *(_r.library == library, _r.model == self.model),
            *(_r.generation > generation, _r.added <= generation),
        )
        # As of one moment, or what is removed between the two would be counted twice.
        both = sa.select(still.scalar_subquery() + removed_since.scalar_subquery())
        return int(self.catalog.scalar(both))

    def _between(self, c: Any, library: int, after: int, up_to: int) -> tuple[Any, ...]:
        mine = (c.library == library, c.model == self.model)
        return (*mine, c.generation > after, c.generation <= up_to)


@dataclass(frozen=True, slots=True)
class Models:
    """The models whose passages are stored: one in use, perhaps a next, and those being removed.

    How far a change of model is follows from the stored passages, so that it goes on wherever it
    was broken off.
    """

    catalog: Catalog

    def in_use(self) -> schema.StoredModel | None:
        """The model whose passages answer; None before the first article."""
        return self._with_role("in use")

    def next(self) -> schema.StoredModel | None:
        """The model whose passages are being made; None while no change is under way."""
        return self._with_role("next")

    def take(self, fingerprint: str) -> schema.StoredModel:
        """Use a model from now on, unless another has read articles; return the one in use."""
        if self.catalog.read_only:
            return self.in_use() or schema.StoredModel(0, fingerprint)
        with self.catalog.transaction():
            used = self.in_use()
            if used is None or (used.fingerprint != fingerprint and not self.catalog.latest()):
                self._change_role("in use", None)
                used = self._new(fingerprint, "in use")
        return used

    def number_in_use(self, fingerprint: str) -> int:
        """The number of the model in use, which before the first article becomes this one.

        Raises AnotherModel if another is in use.
        """
        used = self.in_use() or self._new(fingerprint, "in use")
        if used.fingerprint != fingerprint:
            raise AnotherModel
        return used.number

    # -- a change

    def begin(self, fingerprint: str) -> schema.StoredModel:
        """Make a model the next; the passages of an earlier next one are removed."""
        with self.catalog.transaction():
            next_model = self.next()
            if next_model is None or next_model.fingerprint != fingerprint:
                self._change_role("next", None)
                next_model = self._new(fingerprint, "next")
        return next_model

    def drop(self) -> None:
        """Stay with the model in use; the passages of the next one are removed."""
        if self.next() is not None:
            with self.catalog.transaction():
                self._change_role("next", None)

    def unread(self, after: int, limit: int) -> list[Arrival]:
        """Some articles that the next model has not read, with keys above a number, in order."""
        unread = _ARTICLES.where(_a.key > after, ~_READ_BY_NEXT).limit(limit)
        return list(self.catalog.arrivals_of(unread))

    def put(
        self, model: schema.StoredModel, read: Sequence[tuple[Arrival, Sequence[Passage]]]
    ) -> bool:
        """Store the passages that the next model has made of articles that still exist.

        Returns False, and stores nothing, if that model is no longer the next.
        """
        with self.catalog.transaction():
            if self.next() != model:
                return False
            for article, made in read:
                self.catalog.put_passages(article.key, model.number, made)
            return True

    def counts(self) -> tuple[int, int]:
        """How many articles the next model has read, and how many there are."""
        read = sa.select(sa.func.count(_a.key)).where(_READ_BY_NEXT)
        every = sa.select(sa.func.count(_a.key))
        return int(self.catalog.scalar(read)), int(self.catalog.scalar(every))

    def switch(self) -> bool:
        """Put the next model to use; False if there are articles that it has not read."""
        with self.catalog.transaction():
            if self.next() is None or self.unread(0, 1):
                return False
            self._change_role("in use", None)
            self._change_role("next", "in use")
            return True

    def take_away(self) -> bool:
        """Remove some passages of models that are not in use or next; False if none is left.

        Nothing reads them any more, so no generation counts it.
        """
        db = self.catalog
        retired = db.scalar(sa.select(_m.number).where(_m.role.is_(None)))
        if retired is None:
            return False
        if db.is_shared:  # first, as it must not be in a transaction
            index = schema.vectors_index(retired)
            db.change(sa.text(f"DROP INDEX CONCURRENTLY IF EXISTS {index}"))
        every = _p.library.in_(sa.select(_l.number))  # as the index is by library
        some = sa.select(_p.id).where(every, _p.model == retired).limit(REMOVED_TOGETHER)
        with db.transaction():
            if db.execute(sa.delete(_passages).where(_p.id.in_(some))).rowcount == 0:
                db.execute(sa.delete(_removals).where(_r.model == retired))
                db.execute(sa.delete(_models).where(_m.number == retired))
        return True

    def _with_role(self, role: str) -> schema.StoredModel | None:
        query = sa.select(_m.number, _m.fingerprint).where(_m.role == role)
        row = self.catalog.first_row(query)
        return None if row is None else schema.StoredModel(*row)

    def _new(self, fingerprint: str, role: str) -> schema.StoredModel:
        new = sa.insert(_models).values(fingerprint=fingerprint, role=role).returning(_m.number)
        return schema.StoredModel(self.catalog.execute(new).scalar_one(), fingerprint)

    def _change_role(self, old: str, new: str | None) -> None:
        self.catalog.execute(sa.update(_models).where(_m.role == old).values(role=new))


def file_among(origin: str, files: Container[str]) -> str:
    """The file of these that an article was read from, as itself or as a part; else its origin."""
    parts = origin.split(INSIDE)
    wholes = (INSIDE.join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((whole for whole in wholes if whole in files), origin)


@dataclass(frozen=True, slots=True)
class Origins:
    """The files that the articles of all libraries were read from."""

    catalog: Catalog

    def under(self, library: str, folder: str) -> Iterator[schema.FromFile]:
        """The articles that were read from files in a folder, by its absolute path."""
        return self._beginning(library, folder.rstrip(os.sep) + os.sep)

    def of(self, library: str, file: str) -> Iterator[schema.FromFile]:
        """The articles that were read from one file, and from the files in it, if it holds any."""
        yield from self.at(library, file)
        yield from self._beginning(library, file + INSIDE)

    def at(self, library: str, origin: str) -> Iterator[schema.FromFile]:
        """The articles that were read from exactly there: a file, or a place in one."""
        return self._where(library, _a.origin == origin)

    def change(self, ref: ArticleRef, origin: str) -> None:
        """Set the file that an article is in now."""
        this = (_a.library == number_of(ref.library), _a.id == ref.id)
        with self.catalog.transaction():
            self.catalog.execute(sa.update(_articles).where(*this).values(origin=origin))

    def _beginning(self, library: str, start: str) -> Iterator[schema.FromFile]:
        end = start[:-1] + chr(ord(start[-1]) + 1)
        return self._where(library, _a.origin >= start, _a.origin < end)

    def _where(self, library: str, *these: sa.ColumnElement[bool]) -> Iterator[schema.FromFile]:
        query = sa.select(_a.origin, _a.id, _a.url, _a.added).order_by(_a.key)
        rows = self.catalog.rows(query.where(_a.library == number_of(library), *these))
        for origin, id, url, added in rows:
            yield schema.FromFile(origin, id, url, schema.time_from(added))
