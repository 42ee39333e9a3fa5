"""The library: articles in, quotes out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from threading import Event
from typing import Self

from retrieval.entries import FollowedFeed
from retrieval.errors import QuotewiseError, UnreadableSource
from retrieval.feeds import polling
from retrieval.feeds.polling import PollingRound
from retrieval.ingest import verification
from retrieval.ingest.pipeline import Adding, Interrupt, restore
from retrieval.ingest.reembed import Changing, Models, alone, already_changing
from retrieval.ingest.watch import FolderWatcher
from retrieval.models import DEFAULT_MODEL, Reader, open_reader
from retrieval.records import (
    Answer,
    Arrival,
    Filters,
    ModelChange,
    Outcome,
    RemovedArticle,
    StoredArticle,
    Turn,
    Version,
)
from retrieval.search import pipeline
from retrieval.search.calibration import DEFAULT_RISK, Calibration, checked_risk, of_reader
from retrieval.search.filters import FilterResolver
from retrieval.search.pipeline import Pipeline, Request
from retrieval.sources import count, left_out
from retrieval.sources.fetch.fetching import Fetcher
from retrieval.storage import Catalog
from retrieval.storage.finding import article_with_id
from retrieval.storage.history import History, as_article, numbered

MAIN = "main"
"""The library that is meant where none is named."""


class Library:
    """All that is kept under one folder, and the answers to be had from it.

    Articles belong to libraries, which have names; a question is asked of one or several of them
    and never sees the others. Methods may be called from several threads, and several processes
    may open one folder.
    """

    def __init__(
        self,
        home: Path,
        model: str,
        copies: Path,
        allow_hosts: Iterable[str] = (),
        reader: str | None = None,
    ) -> None:
        self._home = home
        self._fetcher = Fetcher(allow_hosts)
        self._catalog = Catalog(home / "catalog.sqlite")
        self._models = Models(self._catalog, home, model, copies)
        self._resolver = FilterResolver(self._catalog)
        self._open_reader = partial(open_reader, reader, copies)
        self._open_calibration = partial(of_reader, reader)
        self.history = History(self._catalog)

    @classmethod
    def open(
        cls,
        home: str | Path,
        *,
        model: str = DEFAULT_MODEL,
        copies: Path | None = None,
        allow_hosts: Iterable[str] = (),
        reader: str | None = None,
    ) -> Self:
        """Open the library under a folder, which is made if it is not there.

        `model` is the default, a folder, or any name that sentence-transformers can load; its
        ONNX copy is kept under `copies`, or else in the same folder. Where another model has read
        the articles, that one answers until `change_model` or `rebuild` is done. `reader` is an
        extractive question-answering model of transformers, by name or folder, that reads in the
        place of the one that comes with Quotewise, with the `calibration.json` in its folder if it
        has one. Links are read from the public web, and from `allow_hosts`, each `host` or
        `host:port`, though they be private.
        In a folder that cannot be written, methods that add, change or remove raise ReadOnly.
        Raises QuotewiseError if the folder cannot be made or what is in it cannot be read.
        """
        home = Path(home).expanduser()
        return cls(home, model, copies or home / "models", allow_hosts, reader)

    @property
    def read_only(self) -> bool:
        """Whether the folder cannot be written, so that nothing can be added or changed."""
        return self._catalog.read_only

    def check_writable(self) -> None:
        """Raise ReadOnly if the folder cannot be written."""
        self._catalog.check_writable()

    def warm_up(self) -> None:
        """Start the model now, so that the first question need not wait for it.

        Raises ModelGone if it is not there any longer: `change_model` lets another take its place.
        """
        self._models.using()
        _ = self._reader

    def close(self) -> None:
        """Close the catalog and the indexes; what was added is kept already."""
        self._models.close()
        self._catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- articles in

    def add(
        self,
        sources: str | Iterable[str],
        *,
        library: str = MAIN,
        origin: str | None = None,
        read: Callable[[], object] = lambda: None,
        interrupt: Interrupt | None = None,
    ) -> Iterator[Outcome]:
        """Read sources and keep their articles: one outcome each, in order, and on after a failure.

        A source is a file, a folder, a link, or `-` for standard input. Nothing happens until the
        outcomes are drawn; those drawn are kept, even if the process ends the next moment. With
        `origin` a file is known by that, not by its path, as when it is there for a moment only.
        `read` is called as each article is read, which is some time before its outcome comes. With
        an `interrupt` that handles SIGINT, KeyboardInterrupt is raised only after what was read
        until then is kept and its outcomes are drawn.
        """
        self.check_writable()
        now = datetime.now(UTC)
        interrupt = interrupt or Interrupt()
        adding = Adding(
            self._catalog, self._models, library, now, self._fetcher, origin, read, interrupt
        )
        try:
            for source in [sources] if isinstance(sources, str) else sources:
                yield from adding.take(source)
            yield from adding.finish()
        except KeyboardInterrupt:
            yield from adding.finish()
            raise
        finally:
            self._models.catch_up([library])

    def count(self, sources: Iterable[str]) -> int:
        """How many outcomes `add` is going to give for these sources, as far as can be told."""
        return sum(map(count, sources))

    def left_out(self, sources: Iterable[str]) -> Counter[str]:
        """How many files in folders `add` does not read, by the end of their names: `.csv`."""
        return sum(map(left_out, sources), Counter())

    def remove(self, id: str, *, library: str = MAIN) -> RemovedArticle:
        """Remove an article and return it as it was. Raises QuotewiseError if there is none."""
        id = self.article(id, library=library).article.id
        removed = self._catalog.remove(library, id)
        if removed is None:
            raise QuotewiseError(f"The article with the id {id!r} was removed just now.")
        return removed

    def restore(self, record: str, *, library: str = MAIN) -> StoredArticle:
        """Put a removed article back from its record, with its place and its earlier versions.

        Raises QuotewiseError if there is an article with its id or its link by now.
        """
        return self.article(restore(self._catalog, self._models, library, record), library=library)

    def remove_all(self, *, library: str = MAIN) -> int:
        """Remove all articles of a library at once, and its feeds; return how many articles."""
        return self._catalog.remove_all(library)

    def rename(self, library: str, name: str) -> None:
        """Call a library by another name. Raises QuotewiseError if another has that name."""
        if library in self._catalog.libraries() and not self._catalog.rename(library, name):
            raise QuotewiseError(f"There is a library called {name} already: choose another name.")

    def in_step(
        self, folder: str, *, library: str = MAIN, once: bool = False, stop: Event | None = None
    ) -> Iterator[Outcome]:
        """Sync a library with a folder, and give an outcome for each article that changes.

        It goes on until `stop` is set, unless it is to be done `once`. An article whose file is
        gone is removed. Raises QuotewiseError where the folder itself is gone or is empty, and
        removes nothing then.
        """
        add = partial(self.add, library=library)
        watcher = FolderWatcher(self._catalog, add, library, folder, stop or Event())
        yield from watcher.follow(once=once)

    # -- feeds

    def feeds(self, *, library: str | None = MAIN) -> list[FollowedFeed]:
        """The feeds that a library follows, or all libraries, in the order they were added."""
        return self._catalog.feeds.followed(library)

    def add_feed(
        self,
        source: str,
        *,
        library: str = MAIN,
        now: datetime | None = None,
        refused: Callable[[UnreadableSource], None] = lambda _: None,
    ) -> list[FollowedFeed]:
        """Follow the feed at a link, or all of an OPML list; its articles come with `poll`.

        A feed is due at once, or from `now` on. What a list names and cannot be followed is told
        to `refused`. Raises QuotewiseError if there is no feed, or if the page at the link names
        several.
        """
        self.check_writable()
        now = now or datetime.now(UTC)
        return polling.follow_feeds(
            self._catalog, self._fetcher, library, source, now, refused=refused
        )

    def remove_feed(self, url: str, *, library: str = MAIN) -> FollowedFeed:
        """Follow a feed no longer and keep its articles. Raises QuotewiseError if there is none."""
        return polling.unfollow_feed(self._catalog, library, url)

    def poll(
        self,
        now: datetime,
        *,
        library: str | None = None,
        all_now: bool = False,
        within: timedelta = polling.LONGEST_ROUND,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Outcome]:
        """Read what is new in the feeds that are due, or in all of them: an outcome an article.

        Without a library, those of all are meant; each outcome tells its own. It ends `within` a
        time or little later, or when `stop` says so, and the next one goes on with what waits. What
        was drawn is kept, and what was not is read another time. Raises QuotewiseError while
        another poll runs, or if `within` is negative.
        """
        self.check_writable()
        if within < timedelta(0):
            raise QuotewiseError(f"within should be no time or more, and {within} is less.")
        fetcher = self._fetcher.stopped_by(stop)
        with alone(self._home / "polling.lock", lambda: polling.ALREADY):
            polled = PollingRound(self._catalog, self._models, fetcher, now, library, within, stop)
            yield from polled.round(all_now=all_now)

    def next_poll(self, *, library: str | None = None) -> datetime | None:
        """When `poll` has something to do next; None where no feed is followed."""
        return self._catalog.feeds.next_time(library)

    # -- what is kept

    def names(self) -> list[str]:
        """The names of all libraries that have ever had an article, in that order."""
        return list(self._catalog.libraries())

    def articles(self, *, library: str = MAIN) -> Iterator[StoredArticle]:
        """All articles of a library, in the order in which they were added."""
        return self._catalog.articles(library)

    def ids(self, *, library: str = MAIN) -> list[str]:
        """The ids of all articles of a library, in that order; quicker than the articles."""
        return self._catalog.ids(library)

    def article(self, id: str, *, library: str = MAIN) -> StoredArticle:
        """The article with this id, or with the only id that begins so.

        Raises QuotewiseError if there is none, or if several ids begin so.
        """
        return article_with_id(self._catalog, library, id)

    def latest(self) -> int:
        """A number that has grown whenever an article was added, to any library by any process."""
        return self._catalog.latest()

    def arrivals(self, after: int, *, scope: Sequence[str] = (MAIN,)) -> list[Arrival]:
        """The articles that were added since `latest` gave this number, in order."""
        return self._catalog.arrivals(scope, after)

    def versions(self, id: str, *, library: str = MAIN) -> list[Version]:
        """What an article said before it was changed, earliest first.

        Raises QuotewiseError if there is no such article.
        """
        return self._catalog.versions(library, self.article(id, library=library).article.id)

    def version(
        self, id: str, number: int, *, library: str = MAIN
    ) -> tuple[StoredArticle, datetime]:
        """Return an earlier version of an article, from 1, and when it was replaced.

        Raises QuotewiseError if there is no such article or version.
        """
        version = numbered(self.versions(id, library=library), number)
        return as_article(library, version), version.replaced

    # -- quotes out

    def answer(
        self,
        question: str,
        *,
        scope: Sequence[str] = (MAIN,),
        limit: int = 3,
        only: Collection[int] | None = None,
        filters: Filters | None = None,
        earlier: Sequence[Turn] = (),
        risk: float | None = None,
        now: datetime | None = None,
    ) -> Answer:
        """Quote the kept sentences that best answer the question, at most `limit` of them.

        `scope` names the libraries that may be quoted, and `only` the keys of the articles in them
        that may, if not all. Without `filters`, those hold that the question sets by its words,
        which `now` gives a meaning to, as in "last week"; `Filters()` are none. What the question
        leaves out is taken from the `earlier` turns of its conversation, oldest first, and
        `Answer.understood` is what it was taken for then. `risk` is the share of questions that
        nothing answers which may be answered all the same; one in twenty if it is not stated.
        Raises QuotewiseError if the question has no words or is too long, if `limit` is below 1 or
        `risk` no share, or if the filters are not to be met.
        """
        started = time.perf_counter()
        question = pipeline.checked(question)
        if limit < 1:
            raise QuotewiseError(f"limit should be 1 or more quotes, and {limit} is not.")
        risk = DEFAULT_RISK if risk is None else checked_risk(str(risk))
        request = Request(scope, limit, filters, risk, now or datetime.now().astimezone(), only)
        answer = self._pipeline(request).answer(question, earlier)
        return replace(answer, took_ms=(time.perf_counter() - started) * 1e3)

    def checked(self, filters: Filters, *, scope: Sequence[str] = (MAIN,)) -> Filters:
        """Limits with names as the catalog spells them, and with whole ids.

        Raises QuotewiseError if they name what there is not, or end before they begin.
        """
        return self._resolver.checked(filters, scope)

    def _pipeline(self, request: Request) -> Pipeline:
        using = self._models.using()
        return Pipeline(
            self._catalog,
            using.encoder,
            self._reader,
            using.indexes.of(request.scope),
            self._resolver,
            self._calibration,
            request,
        )

    # -- upkeep

    def verify(self) -> list[str]:
        """What is wrong with the catalog or its indexes, a sentence each; empty if nothing is."""
        return verification.faults(self._catalog, self._models.using().indexes)

    def model(self) -> str:
        """The name or the folder of the model in use, which answers."""
        return self._models.using().model.name

    def change(self) -> ModelChange | None:
        """How far the change to another model is; None where the one that is set is in use."""
        return self._models.change()

    def change_model(self) -> Iterator[ModelChange]:
        """Let the model that is set read all articles and take the place of the one in use.

        Reports the progress after each step; the one in use answers until it is done. A change
        that is broken off goes on where it was the next time. If the model that is set is in use,
        a change to another is dropped. Raises Busy while another process does this.
        """
        if self.read_only and self.change() is None:
            return
        self.check_writable()
        with alone(self._home / "changing.lock", lambda: already_changing(self.change())):
            yield from Changing(self._catalog, self._models).steps()

    def rebuild(self, report: Callable[[ModelChange], None] = lambda _: None) -> ModelChange | None:
        """Make the indexes and the stories again; and the vectors, if another model is set.

        `report` hears how far that is, and it is returned how it ended. Raises Busy while another
        process changes the model.
        """
        change = None
        for change in self.change_model():
            report(change)
        verification.compare_and_index_again(self._catalog, self._models.using().indexes)
        return change

    @cached_property
    def _reader(self) -> Reader:
        return self._open_reader()

    @cached_property
    def _calibration(self) -> Calibration:
        return self._open_calibration()
