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
from typing import TYPE_CHECKING, Self

from retrieval.errors import QuotewiseError, UnreadableSource
from retrieval.models import DEFAULT_MODEL, Reader, open_reader
from retrieval.records import (
    Answer,
    Arrival,
    DatabaseServer,
    Filters,
    FollowedFeed,
    ListedArticle,
    ModelChange,
    Outcome,
    RemovedArticle,
    StoredArticle,
    Turn,
    Version,
)
from retrieval.storage import Catalog
from retrieval.storage.history import History, article_with_id, as_article, numbered

if TYPE_CHECKING:
    from retrieval.index.indexes import Models
    from retrieval.ingest.pipeline import Interrupt
    from retrieval.search.calibration import Calibration
    from retrieval.search.filters import FilterResolver
    from retrieval.search.pipeline import Tools
    from retrieval.sources.fetch import Fetcher

# Indexes, search, sources and polling are imported by the methods that need them: to list articles
# takes none of these.

MEMORY, PGVECTOR = "memory", "pgvector"  # where vectors are searched
MAIN = "main"  # the library that is used where none is given

LONGEST_POLL = timedelta(minutes=5)
"""A round of polling ends then, whatever is left, so that feeds which fell due are polled."""


class Library:
    """All libraries in one folder or database: their articles, their feeds, and answers from them.

    Each article belongs to one library. A question is asked of one library or several and never
    sees the others. Threads may share an instance, and processes may open the same folder.
    """

    def __init__(  # noqa: PLR0917 - all are given by `open`
        self,
        home: Path,
        model: str,
        copies: Path,
        allow_hosts: Iterable[str],
        reader: str | None,
        database: str | None,
        vectors: str,
    ) -> None:
        """Use `Library.open`."""
        self._home = home
        self._model = model
        self._copies = copies
        self._reader_name = reader
        if vectors not in {MEMORY, PGVECTOR}:
            raise QuotewiseError(f"vectors should be {MEMORY} or {PGVECTOR}, not {vectors}.")
        if vectors == PGVECTOR and database is None:
            raise QuotewiseError(f"{PGVECTOR} searches a PostgreSQL database, and none is set.")
        self._vectors = vectors
        self._allow_hosts = tuple(allow_hosts)
        if self._allow_hosts:
            _ = self._fetcher  # refuses what is no name of a host
        self._catalog = Catalog(database or home / "catalog.sqlite")
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
        database: str | None = None,
        vectors: str = MEMORY,
    ) -> Self:
        """Open the libraries in a folder; make the folder if it does not exist.

        `database` is the URL of a PostgreSQL database, such as postgresql://user@host/name, which
        has the articles then; the folder has only indexes, which follow it. `vectors` are searched
        in memory, or by "pgvector" on that server.

        `model` is the default, a folder, or a name that sentence-transformers can load. If another
        model has embedded the articles, that one answers until `change_model` or `rebuild` is done.
        `reader` is the name or folder of an extractive question-answering model of transformers, in
        place of the one that comes with Quotewise; a `calibration.json` in its folder is used.
        ONNX copies of both are stored in `copies`, by default in the same folder.
        Links are read from the public web, and from private addresses if `allow_hosts` names them
        as `host` or `host:port`. If the folder is read-only, methods that change something raise
        ReadOnly.
        Raises QuotewiseError if the folder cannot be made or its files cannot be read.
        """
        home = Path(home).expanduser()
        return cls(home, model, copies or home / "models", allow_hosts, reader, database, vectors)

    @property
    def read_only(self) -> bool:
        """Whether the folder cannot be written, so that nothing can be added or changed."""
        return self._catalog.read_only

    def check_writable(self) -> None:
        """Raise ReadOnly if the folder cannot be written."""
        self._catalog.check_writable()

    def warm_up(self) -> None:
        """Load the models now. Raises ModelGone if one is gone, which `change_model` replaces."""
        self._models.using()
        _ = self._reader

    def close(self) -> None:
        """Close the catalog and the indexes. Everything is saved already."""
        if "_models" in self.__dict__:
            self._models.close()
        self._catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- adding and removing articles

    def add(
        self,
        sources: str | Iterable[str],
        *,
        library: str = MAIN,
        origin: str | None = None,
        read: Callable[[], object] = lambda: None,
        interrupt: Interrupt | None = None,
    ) -> Iterator[Outcome]:
        """Read sources and store their articles; yield an outcome for each article, in order.

        A source is a file, a folder, a link, or `-` for standard input. A source that cannot be
        read yields an outcome with the reason. The work is done as outcomes are drawn, and an
        article is stored before its outcome is yielded. `origin` replaces the path of a temporary
        file. `read` is called as each article is read, some time before its outcome. With an
        `interrupt` that handles SIGINT, KeyboardInterrupt is raised after the articles read so far
        are stored and yielded.
        """
        from retrieval.ingest.pipeline import Adding, Interrupt

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
        """Count the outcomes that `add` will yield for these sources, as far as is known."""
        from retrieval.sources import count

        return sum(map(count, sources))

    def left_out(self, sources: Iterable[str]) -> Counter[str]:
        """Count the files in folders that `add` does not read, by suffix, such as `.csv`."""
        from retrieval.sources import left_out

        return sum(map(left_out, sources), Counter())

    def remove(self, id: str, *, library: str = MAIN) -> RemovedArticle:
        """Remove an article and return it. Raises QuotewiseError if there is none."""
        ref = self.article(id, library=library).ref
        removed = self._catalog.remove(ref)
        if removed is None:
            raise QuotewiseError(f"The article with the id {ref.id!r} was removed just now.")
        return removed

    def restore(self, record: str, *, library: str = MAIN) -> StoredArticle:
        """Put a removed article back from its record, in its old place, with earlier versions.

        Raises QuotewiseError if another article has its id or its link by now.
        """
        from retrieval.ingest.pipeline import restore

        return self.article(restore(self._catalog, self._models, library, record), library=library)

    def remove_all(self, *, library: str = MAIN) -> int:
        """Remove all articles and feeds of a library; return the number of articles."""
        return self._catalog.remove_all(library)

    def rename(self, library: str, name: str) -> None:
        """Rename a library. Raises QuotewiseError if another one has that name."""
        if library in self._catalog.libraries() and not self._catalog.rename(library, name):
            raise QuotewiseError(f"There is a library called {name} already: choose another name.")

    def in_step(
        self, folder: str, *, library: str = MAIN, once: bool = False, stop: Event | None = None
    ) -> Iterator[Outcome]:
        """Sync a library with a folder; yield an outcome for each article that changes.

        It goes on until `stop` is set, or syncs `once` only. An article is removed when its file
        is. Raises QuotewiseError if the folder is missing or empty, and removes nothing then.
        """
        from retrieval.ingest.watch import FolderWatcher

        add = partial(self.add, library=library)
        watcher = FolderWatcher(self._catalog, add, library, folder, stop or Event())
        yield from watcher.follow(once=once)

    # -- feeds

    def feeds(self, *, library: str | None = MAIN) -> list[FollowedFeed]:
        """List the feeds of a library, or of all for None, in the order they were added."""
        return self._catalog.feeds.followed(library)

    def add_feed(
        self,
        source: str,
        *,
        library: str = MAIN,
        now: datetime | None = None,
        refused: Callable[[UnreadableSource], None] = lambda _: None,
    ) -> list[FollowedFeed]:
        """Follow the feed at a link, or all feeds of an OPML list; `poll` adds their articles.

        The feeds are due at `now`, by default at once. `refused` is called with the error of each
        entry of a list that cannot be followed. Raises QuotewiseError if the source has no feed,
        or is a page that names several.
        """
        from retrieval.ingest.polling import follow_feeds

        self.check_writable()
        now = now or datetime.now(UTC)
        return follow_feeds(self._catalog, self._fetcher, library, source, now, refused=refused)

    def remove_feed(self, url: str, *, library: str = MAIN) -> FollowedFeed:
        """Unfollow a feed and keep its articles. Raises QuotewiseError if it is not followed."""
        from retrieval.ingest.polling import unfollow_feed

        return unfollow_feed(self._catalog, library, url)

    def poll(
        self,
        now: datetime,
        *,
        library: str | None = None,
        all_now: bool = False,
        within: timedelta = LONGEST_POLL,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Outcome]:
        """Read the feeds that are due, or all of them; yield an outcome for each article.

        Without a library, the feeds of all libraries are read; each outcome names its own. The
        round ends about `within` after its start, or as soon as `stop` returns True, and the next
        one goes on with the rest. An article whose outcome is not drawn is read again.
        Raises QuotewiseError while another poll runs, or if `within` is negative.
        """
        from retrieval.ingest import polling

        self.check_writable()
        if within < timedelta(0):
            raise QuotewiseError(f"within should be no time or more, and {within} is less.")
        fetcher = self._fetcher.stopped_by(stop)
        with self._catalog.engine.alone("polling", lambda: polling.ALREADY):
            polled = polling.PollingRound(
                self._catalog, self._models, fetcher, now, library, within, stop
            )
            yield from polled.round(all_now=all_now)

    def next_poll(self, *, library: str | None = None) -> datetime | None:
        """The time at which the next feed is due, now or later; None if no feed is followed."""
        return self._catalog.feeds.next_time(datetime.now(UTC), library)

    # -- looking up articles

    def names(self) -> list[str]:
        """The names of all libraries that ever had an article, in order of their first one."""
        return list(self._catalog.libraries())

    def articles(self, *, library: str = MAIN) -> Iterator[StoredArticle]:
        """Iterate over the articles of a library in the order they were added."""
        return self._catalog.articles(library)

    def ids(self, *, library: str = MAIN) -> list[str]:
        """The ids of a library's articles in the same order; quicker than `articles`."""
        return self._catalog.ids(library)

    def listing(self, *, library: str = MAIN) -> list[ListedArticle]:
        """The metadata of a library's articles in the same order, without texts."""
        return self._catalog.listing(library)

    def article(self, id: str, *, library: str = MAIN) -> StoredArticle:
        """The article with this id, or the only id that begins so. Raises QuotewiseError."""
        return article_with_id(self._catalog, library, id)

    def latest(self) -> int:
        """A number that grows whenever any process adds an article to any library."""
        return self._catalog.latest()

    def arrivals(self, after: int, *, scope: Sequence[str] = (MAIN,)) -> list[Arrival]:
        """The articles added since `latest` returned `after`, in order."""
        return self._catalog.arrivals(scope, after)

    def versions(self, id: str, *, library: str = MAIN) -> list[Version]:
        """The earlier versions of an article, oldest first. Raises as `article` does."""
        return self._catalog.versions(self.article(id, library=library).ref)

    def version(
        self, id: str, number: int, *, library: str = MAIN
    ) -> tuple[StoredArticle, datetime]:
        """An earlier version, counted from 1, and when it was replaced. Raises QuotewiseError."""
        version = numbered(self.versions(id, library=library), number)
        return as_article(library, version), version.replaced

    # -- answering

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
        """Quote the sentences that best answer a question, at most `limit` quotes.

        `scope` names the libraries to quote; `only` restricts them to articles by key. Without
        `filters`, those apply that the question sets by its words, relative to `now` for "last
        week"; `Filters()` means none. `earlier` are the turns of the conversation, oldest first: a
        follow-up question is completed from them, and `Answer.understood` is the completed one.
        `risk` is the share of unanswerable questions that may get an answer, by default 0.05.
        Raises QuotewiseError if the question has no words or is too long, if `limit` is below 1,
        if `risk` is not between 0 and 1, or if the filters name something that does not exist.
        """
        from retrieval.search import calibration, pipeline

        started = time.perf_counter()
        question = pipeline.checked(question)
        if limit < 1:
            raise QuotewiseError(f"limit should be 1 or more quotes, and {limit} is not.")
        risk = calibration.DEFAULT_RISK if risk is None else calibration.checked_risk(str(risk))
        now = now or datetime.now().astimezone()
        request = pipeline.Request(question, scope, limit, filters, risk, now, only, earlier)
        answer = pipeline.answer(self._tools(scope), request)
        return replace(answer, took_ms=(time.perf_counter() - started) * 1e3)

    def checked(self, filters: Filters, *, scope: Sequence[str] = (MAIN,)) -> Filters:
        """The filters with publishers as the catalog spells them, and with whole ids.

        Raises QuotewiseError if they name something that does not exist, or end before they begin.
        """
        return self._resolver.checked(filters, scope)

    def _tools(self, scope: Sequence[str]) -> Tools:
        from retrieval.search.pipeline import Tools

        using = self._models.using()
        return Tools(
            self._catalog,
            using.encoder,
            self._reader,
            using.indexes.of(scope),
            self._resolver,
            self._calibration,
        )

    # -- maintenance

    def server(self) -> DatabaseServer | None:
        """The PostgreSQL server that has the articles; None if they are in a file."""
        return self._catalog.engine.server()

    def verify(self) -> list[str]:
        """Check the catalog and the indexes; return a sentence for each fault."""
        from retrieval.index.indexes import faults

        return faults(self._catalog, self._models.using().indexes)

    def model(self) -> str:
        """The name or folder of the embedding model in use."""
        return self._models.using().model.name

    def change(self) -> ModelChange | None:
        """The progress of the change to another model; None if the configured one is in use."""
        return self._models.change()

    def change_model(self) -> Iterator[ModelChange]:
        """Embed all articles with the configured model and then use it; yield the progress.

        The model in use answers until then. An interrupted change continues where it stopped. If
        the configured model is in use already, an unfinished change to another one is dropped.
        Raises Busy while another process changes the model.
        """
        from retrieval.ingest.reembed import Changing, already_changing

        if self.read_only and self.change() is None:
            return
        self.check_writable()
        alone = self._catalog.engine.alone
        with alone("changing", lambda: already_changing(self.change())):
            yield from Changing(self._catalog, self._models).steps()

    def rebuild(self, report: Callable[[ModelChange], None] = lambda _: None) -> ModelChange | None:
        """Rebuild the indexes and stories, and the vectors if another model is configured.

        `report` is called with the progress of a model change, whose last state is returned.
        Raises Busy while another process changes the model.
        """
        from retrieval.index.indexes import compare_and_index_again

        change = None
        for change in self.change_model():
            report(change)
        compare_and_index_again(self._catalog, self._models.using().indexes)
        return change

    @cached_property
    def _models(self) -> Models:
        from retrieval.index.indexes import Models

        on_server = self._vectors == PGVECTOR
        return Models(self._catalog, self._home, self._model, self._copies, on_server=on_server)

    @cached_property
    def _fetcher(self) -> Fetcher:
        from retrieval.sources.fetch import Fetcher

        return Fetcher(self._allow_hosts)

    @cached_property
    def _reader(self) -> Reader:
        return open_reader(self._reader_name, self._copies)

    @cached_property
    def _calibration(self) -> Calibration:
        from retrieval.search.calibration import of_reader

        return of_reader(self._reader_name)

    @cached_property
    def _resolver(self) -> FilterResolver:
        from retrieval.search.filters import FilterResolver

        return FilterResolver(self._catalog)
