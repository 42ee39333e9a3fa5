"""SQLite keeps the articles, their paragraphs and their vectors; everything else is made from it.

Each library counts its changes in a generation number, and gives each a random id. An index that
knows up to which generation it was filled asks for the changes since, and for nothing else; if the
catalog has another id for that generation, the index is made again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from retrieval.catalog import (
    arrivals,
    articles,
    calibrations,
    changes,
    holdings,
    passages,
    removed,
    stories,
    versions,
    writing,
)
from retrieval.catalog.changes import Changes, Generation
from retrieval.catalog.database import Database
from retrieval.catalog.feeds import Feeds
from retrieval.catalog.holdings import Holdings
from retrieval.catalog.models import Models
from retrieval.catalog.origins import Origins
from retrieval.catalog.removed import Removed
from retrieval.catalog.versions import EarlierVersion
from retrieval.catalog.writing import NewArticle
from retrieval.errors import AnotherModel
from retrieval.indexed import KeptPassage
from retrieval.records import (
    Arrival,
    Article,
    ArticleRef,
    KeptArticle,
    Limits,
    RemovedArticle,
    Version,
)


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

    def calibration(self, library: str) -> str | None:
        """What was kept of the meaning of a library's confidences."""
        return calibrations.of_library(self._db, library)

    # -- reading: articles

    def article(self, library: str, id: str) -> KeptArticle | None:
        """The article with this id."""
        return articles.with_id(self._db, library, id)

    def article_with_url(self, library: str, url: str) -> KeptArticle | None:
        """The article with this link, or with one that leads to the same page."""
        return articles.with_url(self._db, library, url)

    def with_text(self, library: str, article: Article) -> list[Article]:
        """The articles of a library that have the text of this one.

        Short ones that an earlier version kept are found only after `compare_again`.
        """
        return stories.with_text(self._db, library, article)

    def articles(self, library: str) -> Iterator[KeptArticle]:
        """All articles of a library, in the order in which they were added."""
        return articles.of_library(self._db, library)

    def ids(self, library: str) -> list[str]:
        """The ids of all articles of a library, in the order in which they were added."""
        return articles.ids(self._db, library)

    def ids_beginning_with(self, library: str, beginning: str) -> list[str]:
        """Ids of articles that begin so, at most ten."""
        return articles.ids_beginning_with(self._db, library, beginning)

    def recorded_hashes(self, library: int) -> Iterator[tuple[str, str, str]]:
        """The id, the text and the recorded SHA-256 of each article and of each earlier version."""
        return articles.recorded_hashes(self._db, library)

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

    def tellings(self, library: str) -> list[tuple[int, str, int]]:
        """The key, the id and the story of each article of a library, in order."""
        return [(key, id, story) for key, _, id, story in arrivals.after(self._db, [library], 0)]

    def keys(self, refs: Sequence[ArticleRef]) -> set[int]:
        """The keys of these articles, so far as they are still kept."""
        return articles.keys(self._db, refs)

    def passages_within(self, articles: Collection[int]) -> set[int]:
        """The ids of the passages of articles, by the keys of these."""
        return passages.ids_within(self._db, articles)

    # -- reading: who published what, and when

    def holdings(self, libraries: Collection[int]) -> Holdings:
        """Who published the articles of some libraries, and when."""
        return holdings.holdings(self._db, libraries)

    def keys_within(self, libraries: Collection[int], limits: Limits) -> set[int]:
        """The keys of the articles that limits admit."""
        return holdings.keys_within(self._db, libraries, limits)

    def count_undated(self, libraries: Collection[int], limits: Limits) -> int:
        """How many articles have no date, of those that the limits would admit at some time."""
        return holdings.count_undated(self._db, libraries, limits)

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

    def telling(self, story: int, limit: int) -> dict[int, Article]:
        """The articles that tell a story by their keys, in the order in which they were added."""
        return stories.telling(self._db, story, limit)

    # -- reading: passages

    def passages(self, ids: Sequence[int]) -> list[KeptPassage]:
        """The passages with these ids, in this order; those no longer kept are left out."""
        return passages.with_ids(self._db, ids)

    def passages_of(self, library: int) -> Iterator[KeptPassage]:
        """Every passage of a library, of whatever model, oldest first."""
        return passages.of_library(self._db, library)

    def changes(self, model: int) -> Changes:
        """What came and went of the passages that one model has made."""
        return Changes(self._db, model)

    def damage(self) -> list[str]:
        """What SQLite finds wrong with its file; empty if nothing is."""
        found = [str(text) for (text,) in self._db.rows("PRAGMA integrity_check(10)")]
        return [text for text in found if text != "ok"] + [
            f"passage {id}: its vector or its sentences have the wrong length"
            for id in passages.misshapen(self._db)
        ]

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
            kept = self.article(library, id)
            if kept is None:
                return None
            (key,) = self.keys([kept.ref])
            one = Removed(key, kept.article, kept.added, tuple(self.versions(library, id)))
            writing.remove(db, library, id)
        return RemovedArticle(
            kept.article, library, kept.added, kept.paragraphs, removed.to_json(one)
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
            versions.put_back(db, new.library, article.id, earlier)
            return True

    def keep_calibration(self, library: str, told: str | None) -> bool:
        """Keep a library's calibration, or none, and say whether there was one before."""
        with self._db.transaction() as db:
            return calibrations.keep(db, library, told)

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
            return writing.rename(db, library, name)

    def _used(self, db: sqlite3.Connection, model: str) -> int:
        """The number of the model in use. Raises AnotherModel if that is not this one."""
        used = self.models.in_use_or(db, model)
        if used.fingerprint != model:
            raise AnotherModel
        return used.number
