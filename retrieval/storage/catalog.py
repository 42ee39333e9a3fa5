"""SQLite keeps the articles, their paragraphs and their vectors; everything else is made from it.

Each library counts its changes in a generation number, and gives each a random id. An index that
knows up to which generation it was filled asks for the changes since, and for nothing else; if the
catalog has another id for that generation, the index is made again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

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
from retrieval.storage import changes, holdings, rows, stories, writing
from retrieval.storage.changes import Changes, Generation
from retrieval.storage.database import Database, json_list
from retrieval.storage.feeds import Feeds
from retrieval.storage.holdings import Holdings
from retrieval.storage.models import Models
from retrieval.storage.origins import Origins
from retrieval.storage.rows import Removed
from retrieval.storage.writing import EarlierVersion, NewArticle

OF_LIBRARY = "FROM articles a JOIN libraries l ON l.number = a.library WHERE l.name = ?1"


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

    # -- what is known of the catalog itself

    def libraries(self) -> dict[str, int]:
        """The libraries by name, with their numbers."""
        return dict(self._db.rows("SELECT name, number FROM libraries ORDER BY number"))

    def generation(self, library: int) -> Generation:
        """The last change to a library."""
        return changes.generation(self._db, library)

    # -- reading: articles

    def article(self, library: str, id: str) -> StoredArticle | None:
        """The article with this id."""
        return next(self._select_articles("l.name = ? AND a.id = ?", library, id), None)

    def article_with_url(self, library: str, url: str) -> StoredArticle | None:
        """The article with this link, or with one that leads to the same page."""
        return next(self._select_articles("l.name = ? AND a.link = link_of(?)", library, url), None)

    def with_text(self, library: str, article: Article) -> list[Article]:
        """The articles of a library that have the text of this one.

        Short ones that an earlier version kept are found only after `compare_again`.
        """
        records = self._db.rows(
            f"SELECT {rows.ARTICLE_FIELDS} FROM libraries l"
            " JOIN bands b ON b.library = l.number JOIN articles a ON a.key = b.article"
            " WHERE l.name = ? AND b.band = ? AND a.sha256 = ? ORDER BY a.key",
            library,
            stories.first_band(article.text),
            article.sha256,
        )
        return [rows.article(fields) for fields in records]

    def articles(self, library: str) -> Iterator[StoredArticle]:
        """All articles of a library, in the order in which they were added."""
        return self._select_articles("l.name = ?", library)

    def ids(self, library: str) -> list[str]:
        """The ids of all articles of a library, in the order in which they were added."""
        records = self._db.rows(f"SELECT a.id {OF_LIBRARY} ORDER BY a.key", library)
        return [id for (id,) in records]

    def ids_beginning_with(self, library: str, beginning: str) -> list[str]:
        """Ids of articles that begin so, at most ten."""
        records = self._db.rows(
            f"SELECT a.id {OF_LIBRARY} AND substr(a.id, 1, length(?2)) = ?2 ORDER BY a.id LIMIT 10",
            library,
            beginning,
        )
        return [id for (id,) in records]

    def recorded_hashes(self, library: int) -> Iterator[tuple[Any, ...]]:
        """The id, the text and the recorded SHA-256 of each article and of each earlier version."""
        return self._db.rows(
            "SELECT id, text, sha256 FROM articles WHERE library = ?1"
            " UNION ALL SELECT id, text, sha256 FROM versions WHERE library = ?1",
            library,
        )

    # -- reading: what is new

    def latest(self) -> int:
        """The key of the article that was added last; 0 if there is none."""
        row = self._db.first_row("SELECT max(key) FROM articles")
        return int(row[0] or 0) if row else 0

    def arrivals(self, libraries: Sequence[str], after: int) -> list[Arrival]:
        """The articles of some libraries that were added after the one with this key, in order."""
        marks = ",".join("?" * len(libraries))
        records = self._db.rows(
            "SELECT a.key, l.name, a.id, coalesce(a.story, a.key)"  # an article of its own story
            " FROM articles a JOIN libraries l ON l.number = a.library"
            f" WHERE a.key > ? AND l.name IN ({marks}) ORDER BY a.key",
            after,
            *libraries,
        )
        return [
            Arrival(key, article, story)
            for key, library, id, story in records
            if (article := self.article(library, id))
        ]

    def keys(self, refs: Sequence[ArticleRef]) -> set[int]:
        """The keys of these articles, so far as they are still kept."""
        marks = ",".join(["(?, ?)"] * len(refs))
        records = self._db.rows(
            "SELECT a.key FROM articles a JOIN libraries l ON l.number = a.library"
            f" WHERE (l.name, a.id) IN (VALUES {marks})",
            *(value for ref in refs for value in (ref.library, ref.id)),
        )
        return {key for (key,) in records}

    def passages_within(self, articles: Collection[int]) -> set[int]:
        """The ids of the passages of articles, by the keys of these."""
        records = self._db.rows(
            "SELECT id FROM passages WHERE article IN (SELECT value FROM json_each(?))",
            json_list(articles),
        )
        return {id for (id,) in records}

    # -- reading: who published what, and when

    def holdings(self, libraries: Collection[int]) -> Holdings:
        """Who published the articles of some libraries, and when."""
        return holdings.holdings(self._db, libraries)

    def keys_within(self, libraries: Collection[int], filters: Filters) -> set[int]:
        """The keys of the articles that filters admit."""
        return holdings.keys_within(self._db, libraries, filters)

    def count_undated(self, libraries: Collection[int], filters: Filters) -> int:
        """How many articles have no date, of those that the filters would admit at some time."""
        return holdings.count_undated(self._db, libraries, filters)

    # -- reading: versions and stories

    def versions(self, library: str, id: str) -> list[Version]:
        """What the article with this id said before it was changed, earliest first."""
        records = self._db.rows(
            f"{writing.VERSION} AND v.article = ? ORDER BY v.number", library, id
        )
        return [rows.version(fields) for *fields, _ in records]

    def version(self, library: str, id: str, sha256: str) -> EarlierVersion | None:
        """What an article said when it had this id and this hash, if it says something else now."""
        row = self._db.first_row(
            f"{writing.VERSION} AND v.id = ? AND v.sha256 = ?", library, id, sha256
        )
        return None if row is None else EarlierVersion(rows.version(row[:-1]), row[-1])

    def stories(self, passages: Sequence[int]) -> dict[int, int]:
        """The number of the story that each passage's article tells, by the passage's id."""
        marks = ",".join("?" * len(passages))
        return dict(
            self._db.rows(
                "SELECT p.id, a.story FROM passages p JOIN articles a ON a.key = p.article"
                f" WHERE p.id IN ({marks}) AND a.story IS NOT NULL",
                *passages,
            )
        )

    def articles_of_story(self, story: int, limit: int) -> dict[int, Article]:
        """The articles that tell a story by their keys, in the order in which they were added."""
        records = self._db.rows(
            f"SELECT a.key, {rows.ARTICLE_FIELDS} FROM articles a WHERE a.story = ?1"
            " AND a.library = (SELECT library FROM articles WHERE key = ?1)"
            " ORDER BY a.key LIMIT ?2",
            story,
            limit,
        )
        return {key: rows.article(fields) for key, *fields in records}

    # -- reading: passages

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with these ids, in this order; those no longer kept are left out."""
        marks = ",".join("?" * len(ids))
        records = {
            id: (key, library, fields)
            for id, key, library, *fields in self._db.rows(
                f"SELECT p.id, p.article, l.name, {rows.PASSAGE_FIELDS} FROM passages p"
                f" JOIN libraries l ON l.number = p.library WHERE p.id IN ({marks})",
                *ids,
            )
        }
        of_key = changes.articles_with_keys(self._db, {key for key, _, _ in records.values()})
        return [
            StoredPassage(id, library, of_key[key], rows.passage(fields))
            for id, (key, library, fields) in ((id, records[id]) for id in ids if id in records)
            if key in of_key
        ]

    def passages_of(self, library: int) -> Iterator[StoredPassage]:
        """Every passage of a library, of whatever model, oldest first."""
        records = self._db.rows(
            f"SELECT p.id, p.article, l.name, {rows.PASSAGE_FIELDS}"
            " FROM passages p JOIN libraries l ON l.number = p.library"
            " WHERE p.library = ? ORDER BY p.id",
            library,
        )
        for id, article, (name, *fields) in changes.with_articles(self._db, records):
            yield StoredPassage(id, name, article, rows.passage(fields))

    def changes(self, model: int) -> Changes:
        """What came and went of the passages that one model has made."""
        return Changes(self._db, model)

    def damage(self) -> list[str]:
        """What SQLite finds wrong with its file; empty if nothing is."""
        problems = [str(text) for (text,) in self._db.rows("PRAGMA integrity_check(10)")]
        return [text for text in problems if text != "ok"] + [
            f"passage {id}: its vector or its sentences have the wrong length"
            for id in self._misshapen()
        ]

    def _misshapen(self) -> list[int]:
        """The ids of passages whose vectors or sentences cannot be what was kept."""
        records = self._db.rows(
            # Once a model: asked for each passage, it is looked for from the first one on.
            "WITH usual AS MATERIALIZED (SELECT number AS model, (SELECT length(vector) FROM"
            " passages WHERE model = number ORDER BY id LIMIT 1) AS size FROM models)"
            " SELECT id FROM passages LEFT JOIN usual USING (model) WHERE length(vector) != size"
            " OR length(sentences) % 8 ORDER BY id"
        )
        return [id for (id,) in records]

    # -- writing

    def put(self, new: Sequence[NewArticle], *, model: str) -> None:
        """Keep these articles, each in the place of those it replaces: all of them or none.

        `model` is the fingerprint of the one that has read them. Raises AnotherModel if that is
        not the one in use.
        """
        with self._db.transaction() as db:
            writing.put(db, new, self._used(db, model))

    def remove(self, library: str, id: str) -> RemovedArticle | None:
        """Remove an article and return it as it was; None if it was not there."""
        with self._db.transaction() as db:
            stored = self.article(library, id)
            if stored is None:
                return None
            (key,) = self.keys([stored.ref])
            removed = Removed(key, stored.article, stored.added, tuple(self.versions(library, id)))
            writing.remove(db, library, id)
        return RemovedArticle(
            stored.article, library, stored.added, stored.paragraphs, rows.removed_to_json(removed)
        )

    def restore(self, new: NewArticle, earlier: Sequence[Version], *, model: str) -> bool:
        """Put a removed article back, with what it said before, unless one has its id or link.

        Returns whether that was so. Raises AnotherModel as `put` does.
        """
        article = new.article
        with self._db.transaction() as db:
            used = self._used(db, model)
            if self.article(new.library, article.id) or (
                article.url and self.article_with_url(new.library, article.url)
            ):
                return False
            writing.put(db, [new], used)
            writing.put_versions_back(db, new.library, article.id, earlier)
            return True

    def compare_again(self, library: str) -> None:
        """Find out anew which articles of a library tell the same story, some at a time."""
        number = self.libraries()[library]
        with self._db.transaction() as db:
            stories.forget(db, number)
        waiting = True
        while waiting:
            with self._db.transaction() as db:
                waiting = stories.join_waiting(db, number) > 0

    def remove_all(self, library: str) -> int:
        """Remove all articles of a library, what they said before, and its feeds.

        Returns how many articles there were.
        """
        with self._db.transaction() as db:
            return writing.remove_all(db, library) if library in self.libraries() else 0

    def rename(self, library: str, name: str) -> bool:
        """Call a library by another name, and say whether that was free."""
        with self._db.transaction() as db:
            renamed = db.execute(
                "UPDATE OR IGNORE libraries SET name = ? WHERE name = ?", (name, library)
            )
            return renamed.rowcount > 0

    def _select_articles(self, condition: str, *values: object) -> Iterator[StoredArticle]:
        for key, library, added, *fields in self._db.rows(
            f"SELECT a.key, l.name, a.added, {rows.ARTICLE_FIELDS}"
            f" FROM articles a JOIN libraries l ON l.number = a.library WHERE {condition}"
            " ORDER BY a.key",
            *values,
        ):
            spans = self._db.rows(
                'SELECT start, "end" FROM paragraphs WHERE article = ? ORDER BY number', key
            )
            yield StoredArticle(
                rows.article(fields),
                library,
                datetime.fromisoformat(added),
                tuple(Span(*span) for span in spans),
            )

    def _used(self, db: sqlite3.Connection, model: str) -> int:
        """The number of the model in use. Raises AnotherModel if that is not this one."""
        used = self.models.in_use_or(db, model)
        if used.fingerprint != model:
            raise AnotherModel
        return used.number
