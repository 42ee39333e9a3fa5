"""The models whose vectors are stored, and the changes of the passages that each has made.

A model is in use, or the next, or neither: then its passages are being removed. How far a change
of model is follows from the stored passages, so that it goes on wherever it was broken off.

Each library counts its changes in a generation number and gives each a random id. An index asks
for what changed since its own generation; if the catalog has another id for that generation, the
index is made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from retrieval.records import Article, Passage
from retrieval.storage import writing
from retrieval.storage.database import READ_TOGETHER, Database, portions
from retrieval.storage.schema import (
    ARTICLE,
    article_from,
    articles,
    history,
    libraries,
    models,
    passages,
    removals,
)

REMOVED_TOGETHER = 1_000
"""Passages that are removed in one transaction, which others have to wait for."""

_NEXT = sa.select(models.c.number).where(models.c.role == "next").scalar_subquery()
_READ_BY_NEXT = sa.exists().where(passages.c.article == articles.c.key, passages.c.model == _NEXT)

_ARTICLES_WITH_KEYS = sa.select(articles.c.key, *ARTICLE).where(
    articles.c.key.in_(sa.bindparam("keys", expanding=True))
)
_GENERATION = (
    sa.select(libraries.c.generation, history.c.id)
    .join(
        history,
        sa.and_(
            history.c.library == libraries.c.number,
            history.c.generation == libraries.c.generation,
        ),
    )
    .where(libraries.c.number == sa.bindparam("library"))
)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model as the catalog knows it; numbers are never used again."""

    number: int
    fingerprint: str

    @property
    def name(self) -> str:
        """The name or the folder that it was set by, which opens it again."""
        return self.fingerprint.rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class Unread:
    """An article that the next model has not read yet."""

    key: int
    library: str
    article: Article
    added: datetime


class Models:
    """The models of a catalog."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def in_use(self) -> StoredModel | None:
        """The model whose passages answer; None before the first article."""
        return self._with_role("in use")

    def next(self) -> StoredModel | None:
        """The model whose passages are being made; None while no change is under way."""
        return self._with_role("next")

    def numbers(self) -> set[int]:
        """The numbers of both."""
        query = sa.select(models.c.number).where(models.c.role.is_not(None))
        return {number for (number,) in self._db.rows(query)}

    def has_articles(self) -> bool:
        """Whether there is anything that a model has read."""
        return self._db.first_row(sa.select(articles.c.key).limit(1)) is not None

    def take(self, fingerprint: str) -> StoredModel:
        """Use a model from now on, unless another has read articles; return the one in use."""
        if self._db.read_only:
            return self.in_use() or StoredModel(0, fingerprint)
        with self._db.transaction() as db:
            used = self.in_use()
            if used is None or (used.fingerprint != fingerprint and not self.has_articles()):
                db.execute(sa.update(models).values(role=None))
                used = _new(db, fingerprint, "in use")
        return used

    def in_use_or(self, db: sa.Connection, fingerprint: str) -> StoredModel:
        """The model in use, which before the first article becomes this one."""
        return self.in_use() or _new(db, fingerprint, "in use")

    # -- a change

    def begin(self, fingerprint: str) -> StoredModel:
        """Make a model the next; the passages of an earlier next one are removed."""
        with self._db.transaction() as db:
            next_model = self.next()
            if next_model is None or next_model.fingerprint != fingerprint:
                _retire(db, "next")
                next_model = _new(db, fingerprint, "next")
        return next_model

    def drop(self) -> None:
        """Stay with the model in use; the passages of the next one are removed."""
        if self.next() is not None:
            with self._db.transaction() as db:
                _retire(db, "next")

    def unread(self, after: int, limit: int) -> list[Unread]:
        """Some articles that the next model has not read, with keys above a number, in order."""
        records = self._db.rows(
            sa.select(articles.c.key, libraries.c.name, articles.c.added, *ARTICLE)
            .join(libraries, libraries.c.number == articles.c.library)
            .where(articles.c.key > after, ~_READ_BY_NEXT)
            .order_by(articles.c.key)
            .limit(limit)
        )
        return [
            Unread(key, library, article_from(fields), datetime.fromisoformat(added))
            for key, library, added, *fields in records
        ]

    def put(self, model: StoredModel, read: Sequence[tuple[Unread, Sequence[Passage]]]) -> bool:
        """Store the passages that the next model has made of articles that still exist.

        Returns False, and stores nothing, if that model is no longer the next.
        """
        with self._db.transaction() as db:
            if self.next() != model:
                return False
            for article, made in read:
                writing.put_passages(db, article.key, model.number, made)
            return True

    def counts(self) -> tuple[int, int]:
        """How many articles the next model has read, and how many there are."""
        read = sa.func.count(sa.case((_READ_BY_NEXT, 1)))
        row = self._db.first_row(sa.select(read, sa.func.count()).select_from(articles))
        assert row is not None
        return row[0], row[1]

    def switch(self) -> bool:
        """Put the next model to use; False if there are articles that it has not read."""
        with self._db.transaction() as db:
            if self.next() is None or self.unread(0, 1):
                return False
            _retire(db, "in use")
            db.execute(sa.update(models).where(models.c.role == "next").values(role="in use"))
            return True

    def take_away(self) -> bool:
        """Remove some passages of models that are neither in use nor next; False if none is left.

        Nothing reads them any more, so no generation counts it.
        """
        retired = self._db.scalar(sa.select(models.c.number).where(models.c.role.is_(None)))
        if retired is None:
            return False
        some = (
            sa.select(passages.c.id)  # by library, as the index is
            .where(
                passages.c.library.in_(sa.select(libraries.c.number)), passages.c.model == retired
            )
            .limit(REMOVED_TOGETHER)
        )
        with self._db.transaction() as db:
            if db.execute(sa.delete(passages).where(passages.c.id.in_(some))).rowcount == 0:
                db.execute(sa.delete(removals).where(removals.c.model == retired))
                db.execute(sa.delete(models).where(models.c.number == retired))
        return True

    def misshapen_passages(self) -> list[int]:
        """The ids of passages whose vectors or sentences have an impossible length."""
        ids: list[int] = []
        length = sa.func.length(passages.c.vector)
        for (model,) in list(self._db.rows(sa.select(models.c.number))):
            made = passages.c.model == model
            usual = self._db.scalar(sa.select(length).where(made).order_by(passages.c.id).limit(1))
            wrong = sa.or_(length != usual, sa.func.length(passages.c.sentences) % 8 != 0)
            ids += [id for (id,) in self._db.rows(sa.select(passages.c.id).where(made, wrong))]
        return sorted(ids)

    def _with_role(self, role: str) -> StoredModel | None:
        query = sa.select(models.c.number, models.c.fingerprint).where(models.c.role == role)
        row = self._db.first_row(query)
        return None if row is None else StoredModel(*row)


def _new(db: sa.Connection, fingerprint: str, role: str) -> StoredModel:
    row = {"fingerprint": fingerprint, "role": role}
    return StoredModel(writing.insert_row(db, models, row), fingerprint)


def _retire(db: sa.Connection, role: str) -> None:
    db.execute(sa.update(models).where(models.c.role == role).values(role=None))


# -- changes


class Generation(NamedTuple):
    """The number of a change to a library, and the random id of that change.

    Of two catalogs that began as copies of each other, both may have a change with this number,
    but only one has the id.
    """

    number: int
    id: str


BEGINNING = Generation(0, "")
"""Before the first change to a library."""


def generation(db: Database, library: int) -> Generation:
    """The last change to a library; `BEGINNING` for one that has none."""
    row = db.first_row(_GENERATION, library=library)
    return BEGINNING if row is None else Generation(*row)


@dataclass(frozen=True, slots=True)
class Changes:
    """The passages of one model, by the generations in which they were added and removed.

    All models share one count for each library, so many generations change nothing for one model.
    """

    db: Database
    model: int

    def generation(self, library: int) -> Generation:
        """The last change to a library; `BEGINNING` for one that has none."""
        return generation(self.db, library)

    def has(self, library: int, generation: Generation) -> bool:
        """Whether a generation belongs to the history of this catalog."""
        if generation == BEGINNING:
            return True
        known = sa.select(history.c.id).where(
            history.c.library == library, history.c.generation == generation.number
        )
        return bool(self.db.scalar(known) == generation.id)

    def are_none_since(self, library: int, before: Generation, now: Generation) -> bool:
        """Whether no passage was added or removed between an earlier generation and now."""
        if before == now:
            return True
        return self.has(library, before) and not any(
            self.db.first_row(
                sa.select(table.c.generation)
                .where(*self._between(table, library, before.number, now.number))
                .limit(1)
            )
            for table in (passages, removals)
        )

    def texts_between(
        self, library: int, after: int, up_to: int
    ) -> Iterator[tuple[int, str, Article]]:
        """What was added between two generations and still exists: ids, texts and articles."""
        p = passages.c
        records = self.db.rows(
            sa.select(p.id, p.article, p.start, p.end)
            .where(*self._between(passages, library, after, up_to))
            .order_by(p.id)
        )
        for id, article, (start, end) in with_articles(self.db, records):
            yield id, article.text[start:end], article

    def vectors_between(
        self, library: int, after: int, up_to: int
    ) -> Iterator[tuple[Sequence[int], bytes]]:
        """What was added between two generations and still exists: ids and vectors, in portions.

        The vectors are as stored, one after the other.
        """
        between = self._between(passages, library, after, up_to)
        # Unordered: to sort them would take twice as long as to read them.
        query = sa.select(passages.c.id, passages.c.vector).where(*between)
        for some in portions(self.db.rows(query)):
            ids, vectors = zip(*some, strict=True)
            yield ids, b"".join(vectors)

    def removed_between(self, library: int, after: int, up_to: int) -> list[int]:
        """The ids of passages that were removed between two generations."""
        between = self._between(removals, library, after, up_to)
        return [id for (id,) in self.db.rows(sa.select(removals.c.passage).where(*between))]

    def passage_ids(self, library: int) -> list[int]:
        """The ids of all passages of a library, in order."""
        mine = (passages.c.library == library, passages.c.model == self.model)
        query = sa.select(passages.c.id).where(*mine).order_by(passages.c.id)
        return [id for (id,) in self.db.rows(query)]

    def count_passages_at(self, library: int, generation: int) -> int:
        """How many passages a library had at a generation."""
        p, r = passages.c, removals.c
        still = sa.select(sa.func.count()).where(
            p.library == library, p.model == self.model, p.generation <= generation
        )
        since_removed = sa.select(sa.func.count()).where(
            r.library == library,
            r.model == self.model,
            r.generation > generation,
            r.added <= generation,
        )
        counts = sa.select(still.scalar_subquery() + since_removed.scalar_subquery())
        return int(self.db.scalar(counts))

    def _between(
        self, table: sa.Table, library: int, after: int, up_to: int
    ) -> tuple[sa.ColumnElement[bool], ...]:
        c = table.c
        mine = (c.library == library, c.model == self.model)
        return (*mine, c.generation > after, c.generation <= up_to)


def with_articles(
    db: Database, records: Iterable[Sequence[Any]]
) -> Iterator[tuple[int, Article, list[Any]]]:
    """Rows that begin with the passage's id and its article's key, each with its article."""
    known: dict[int, Article] = {}
    for some in portions(records, READ_TOGETHER):
        keys = {key for _, key, *_ in some}
        # The passages of an article follow each other, and its text may be long: read it once.
        known = {key: article for key, article in known.items() if key in keys}
        if missing := keys - known.keys():
            known |= articles_with_keys(db, missing)
        for id, key, *fields in some:
            if key in known:  # else it was removed since the query began
                yield id, known[key], fields


def articles_with_keys(db: Database, keys: Collection[int]) -> dict[int, Article]:
    """The articles with these keys that still exist."""
    records = db.rows(_ARTICLES_WITH_KEYS, keys=list(keys))
    return {key: article_from(fields) for key, *fields in records}
