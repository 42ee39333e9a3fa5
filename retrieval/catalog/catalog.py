"""SQLite keeps the articles, their paragraphs and their vectors; everything else is made from it.

Each library counts its changes in a generation number. An index that knows up to which
generation it was filled asks for the changes since, and for nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval.catalog import arrivals, rows, stories, versions
from retrieval.catalog.database import Database
from retrieval.catalog.feeds import Feeds
from retrieval.catalog.origins import Origins
from retrieval.catalog.versions import EarlierVersion
from retrieval.records import (
    Arrival,
    Article,
    Floats,
    KeptArticle,
    KeptPassage,
    Passage,
    Span,
    Version,
)


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be kept, and the ids of those in its library it takes the place of."""

    library: str
    article: Article
    added: datetime
    paragraphs: Sequence[Span]
    passages: Sequence[Passage]
    replaces: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the indexes need to know of a passage; `vector` is float32 of shape (dimension,)."""

    passage_id: int
    text: str
    article: Article
    vector: Floats


class Catalog:
    """The articles of all libraries in one SQLite file, safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises QuotewiseError if that cannot be done."""
        self._db = Database(path)
        self.close = self._db.close
        self.feeds = Feeds(self._db)
        self.origins = Origins(self._db)

    # -- what is known of the catalog itself

    def model(self) -> str | None:
        """The fingerprint of the model its vectors were made with; None while it is empty."""
        row = self._db.one("SELECT value FROM facts WHERE name = 'model'")
        return None if row is None else str(row[0])

    def libraries(self) -> dict[str, int]:
        """The libraries by name, with their numbers."""
        return dict(self._db.rows("SELECT name, number FROM libraries ORDER BY number"))

    def generation(self, library: int) -> int:
        """The number of the last change to a library; 0 for one that has none."""
        row = self._db.one("SELECT generation FROM libraries WHERE number = ?", library)
        return 0 if row is None else int(row[0])

    # -- reading: articles

    def article(self, library: str, id: str) -> KeptArticle | None:
        """The article with this id."""
        return next(self._kept("l.name = ? AND a.id = ?", library, id), None)

    def article_with_url(self, library: str, url: str) -> KeptArticle | None:
        """The article with this link, or with one that leads to the same page."""
        return next(self._kept("l.name = ? AND a.link = link_of(?)", library, url), None)

    def articles(self, library: str) -> Iterator[KeptArticle]:
        """All articles of a library, in the order in which they were added."""
        return self._kept("l.name = ?", library)

    def ids_beginning_with(self, library: str, beginning: str) -> list[str]:
        """Ids of articles that begin so, at most ten."""
        found = self._db.rows(
            "SELECT a.id FROM articles a JOIN libraries l ON l.number = a.library"
            " WHERE l.name = ? AND substr(a.id, 1, length(?)) = ? ORDER BY a.id LIMIT 10",
            library,
            beginning,
            beginning,
        )
        return [id for (id,) in found]

    def recorded_hashes(self, library: int) -> Iterator[tuple[str, str, str]]:
        """The id, the text and the recorded SHA-256 of each article and of each earlier version."""
        return (
            (id, text, sha256)
            for id, text, sha256 in self._db.rows(
                "SELECT id, text, sha256 FROM articles WHERE library = ?1"
                " UNION ALL SELECT id, text, sha256 FROM versions WHERE library = ?1",
                library,
            )
        )

    # -- reading: what is new

    def latest(self) -> int:
        """The key of the article that was added last; 0 if there is none."""
        return arrivals.latest(self._db)

    def arrivals(self, libraries: Sequence[str], after: int) -> list[Arrival]:
        """The articles of some libraries that were added after the one with this key, in order."""
        return [
            Arrival(key, kept, story)
            for key, library, id, story in arrivals.after(self._db, libraries, after)
            if (kept := self.article(library, id))
        ]

    def passages_within(self, articles: Collection[int]) -> set[int]:
        """The ids of the passages of articles, by the keys of these."""
        return arrivals.passages_within(self._db, articles)

    # -- reading: versions and stories

    def versions(self, library: str, id: str) -> list[Version]:
        """What the article with this id said before it was changed, earliest first."""
        return versions.of_article(self._db, library, id)

    def version(self, library: str, id: str, sha256: str) -> EarlierVersion | None:
        """What an article said when it had this id and this hash, if it says something else now."""
        return versions.with_hash(self._db, library, id, sha256)

    def stories(self, passages: Sequence[int]) -> dict[int, int]:
        """The number of the story that each passage's article tells, by the passage's id."""
        return stories.of_passages(self._db, passages)

    def telling(self, story: int, limit: int) -> list[Article]:
        """The articles that tell a story, in the order in which they were added."""
        return stories.telling(self._db, story, limit)

    # -- reading: passages

    def passages(self, ids: Sequence[int]) -> list[KeptPassage]:
        """The passages with these ids, in this order; those no longer kept are left out."""
        marks = ",".join("?" * len(ids))
        found = {
            id: (key, fields)
            for id, key, *fields in self._db.rows(
                f"SELECT p.id, p.article, {rows.PASSAGE_FIELDS}"
                f" FROM passages p WHERE p.id IN ({marks})",
                *ids,
            )
        }
        articles = self._articles_by_key({key for key, _ in found.values()})
        return [
            KeptPassage(id, articles[key], rows.passage(fields))
            for id, (key, fields) in ((id, found[id]) for id in ids if id in found)
            if key in articles
        ]

    def passages_of(self, library: int) -> Iterator[KeptPassage]:
        """Every passage of a library, oldest first."""
        found = self._db.rows(
            f"SELECT p.id, p.article, {rows.PASSAGE_FIELDS} FROM passages p"
            " WHERE p.library = ? ORDER BY p.id",
            library,
        )
        for id, article, fields in self._with_articles(found):
            yield KeptPassage(id, article, rows.passage(fields))

    def entries_between(self, library: int, after: int, up_to: int) -> Iterator[IndexEntry]:
        """What was added between two generations and is still kept, oldest first."""
        found = self._db.rows(
            'SELECT p.id, p.article, p.start, p."end", p.vector FROM passages p'
            " WHERE p.library = ? AND p.generation > ? AND p.generation <= ? ORDER BY p.id",
            library,
            after,
            up_to,
        )
        for id, article, (start, end, vector) in self._with_articles(found):
            yield IndexEntry(id, article.text[start:end], article, rows.floats(vector))

    def removed_between(self, library: int, after: int, up_to: int) -> list[int]:
        """The ids of passages that were removed between two generations."""
        found = self._db.rows(
            "SELECT passage FROM removals WHERE library = ? AND generation > ? AND generation <= ?",
            library,
            after,
            up_to,
        )
        return [id for (id,) in found]

    def passage_ids(self, library: int) -> list[int]:
        """The ids of all passages of a library, in order."""
        found = self._db.rows("SELECT id FROM passages WHERE library = ? ORDER BY id", library)
        return [id for (id,) in found]

    def count_passages_at(self, library: int, generation: int) -> int:
        """How many passages a library had at a generation."""
        row = self._db.one(
            "SELECT (SELECT count(*) FROM passages WHERE library = ?1 AND generation <= ?2)"
            " + (SELECT count(*) FROM removals"
            " WHERE library = ?1 AND generation > ?2 AND added <= ?2)",
            library,
            generation,
        )
        return 0 if row is None else int(row[0])

    def damage(self) -> list[str]:
        """What SQLite finds wrong with its file; empty if nothing is."""
        found = [str(text) for (text,) in self._db.rows("PRAGMA integrity_check(10)")]
        misshapen = self._db.rows(
            "SELECT id FROM passages WHERE length(vector) != (SELECT length(vector) FROM passages)"
            " OR length(sentences) % 16 OR length(token_codes) % (length(vector) / 4)"
        )
        return [text for text in found if text != "ok"] + [
            f"passage {id}: its vectors or sentences have the wrong length" for (id,) in misshapen
        ]

    # -- writing

    def put(self, new: Iterable[NewArticle], *, model: str) -> None:
        """Keep these articles, each in the place of those it replaces: all of them or none.

        From then on the catalog's vectors are those of `model`.
        """
        with self._db.transaction() as db:
            db.execute(
                "INSERT INTO facts VALUES ('model', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (model,),
            )
            changes: dict[str, tuple[int, int]] = {}
            for one in new:
                if one.library not in changes:
                    db.execute("INSERT OR IGNORE INTO libraries (name) VALUES (?)", (one.library,))
                    changes[one.library] = _next_generation(db, one.library)
                library, generation = changes[one.library]
                replaced = {one.article.id, *one.replaces}
                versions.keep(db, library, replaced, one.article, one.added)
                for id in replaced:
                    _remove(db, library, generation, id)
                key = _insert(db, library, generation, one)
                stories.join(db, key, library, one.article.text)
            for library, _ in changes.values():
                stories.join_waiting(db, library)

    def remove(self, library: str, id: str) -> bool:
        """Remove an article, and say whether it was there."""
        with self._db.transaction() as db:
            if self.article(library, id) is None:
                return False
            number, generation = _next_generation(db, library)
            _remove(db, number, generation, id)
            versions.forget(db, number, id)
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
            if library not in self.libraries():
                return 0
            number, generation = _next_generation(db, library)
            db.execute(
                "INSERT INTO removals SELECT ?1, ?2, id, generation FROM passages"
                " WHERE library = ?1",
                (number, generation),
            )
            db.execute("DELETE FROM versions WHERE library = ?", (number,))
            db.execute("DELETE FROM feeds WHERE library = ?", (number,))
            return db.execute("DELETE FROM articles WHERE library = ?", (number,)).rowcount

    def rename(self, library: str, name: str) -> bool:
        """Call a library by another name, and say whether that was free."""
        with self._db.transaction() as db:
            renamed = db.execute(
                "UPDATE OR IGNORE libraries SET name = ? WHERE name = ?", (name, library)
            )
            return renamed.rowcount > 0

    # -- steps

    def _kept(self, condition: str, *values: object) -> Iterator[KeptArticle]:
        for key, library, added, *fields in self._db.rows(
            f"SELECT a.key, l.name, a.added, {rows.ARTICLE_FIELDS}"
            f" FROM articles a JOIN libraries l ON l.number = a.library WHERE {condition}"
            " ORDER BY a.key",
            *values,
        ):
            spans = self._db.rows(
                'SELECT start, "end" FROM paragraphs WHERE article = ? ORDER BY number', key
            )
            yield KeptArticle(
                rows.article(fields),
                library,
                datetime.fromisoformat(added),
                tuple(Span(*span) for span in spans),
            )

    def _with_articles(
        self, found: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Article, list[Any]]]:
        """Rows that begin with the passage's id and its article's key, each with its article."""
        last: tuple[int, Article] | None = None
        for id, key, *fields in found:
            # The passages of an article follow each other, and its text may be long: read it once.
            if last is None or last[0] != key:
                articles = self._articles_by_key({key})
                if key not in articles:  # removed since the query began
                    continue
                last = key, articles[key]
            yield id, last[1], fields

    def _articles_by_key(self, keys: set[int]) -> dict[int, Article]:
        marks = ",".join("?" * len(keys))
        found = self._db.rows(
            f"SELECT a.key, {rows.ARTICLE_FIELDS} FROM articles a WHERE a.key IN ({marks})", *keys
        )
        return {key: rows.article(fields) for key, *fields in found}


def _next_generation(db: sqlite3.Connection, library: str) -> tuple[int, int]:
    number, generation = db.execute(
        "UPDATE libraries SET generation = generation + 1 WHERE name = ?"
        " RETURNING number, generation",
        (library,),
    ).fetchone()
    return number, generation


def _insert(db: sqlite3.Connection, library: int, generation: int, new: NewArticle) -> int:
    added = new.added.astimezone(UTC).isoformat(timespec="seconds")
    key = db.execute(
        "INSERT INTO articles (library, added, sha256, id, title, text, url, source, author,"
        " published, origin, pages, link) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, link_of(?))",
        (library, added, new.article.sha256, *rows.from_article(new.article), new.article.url),
    ).lastrowid
    assert key is not None
    db.executemany(
        "INSERT INTO paragraphs VALUES (?, ?, ?, ?)",
        [(key, number, *span) for number, span in enumerate(new.paragraphs, start=1)],
    )
    db.executemany(
        'INSERT INTO passages (article, library, generation, paragraph, start, "end",'
        " sentences, vector, token_codes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(key, library, generation, *rows.from_passage(one)) for one in new.passages],
    )
    return key


def _remove(db: sqlite3.Connection, library: int, generation: int, id: str) -> None:
    db.execute(
        "INSERT INTO removals SELECT ?, ?, p.id, p.generation FROM passages p JOIN articles a"
        " ON a.key = p.article WHERE a.library = ? AND a.id = ?",
        (library, generation, library, id),
    )
    key = db.execute("SELECT key FROM articles WHERE library = ? AND id = ?", (library, id))
    for (one,) in key.fetchall():
        stories.leave(db, library, one)
        db.execute("DELETE FROM articles WHERE key = ?", (one,))
