"""Articles are read, embedded together and kept together; each has an outcome of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from retrieval import sources
from retrieval.errors import AnotherModel, QuotewiseError, Unavailable, UnreadableSource
from retrieval.index.indexes import Models
from retrieval.ingest import chunking
from retrieval.records import Article, ArticleRef, Outcome, Status
from retrieval.sources import drafts
from retrieval.sources.fetch import Fetcher
from retrieval.storage import Catalog, NewArticle, Removed
from retrieval.text import links

TOGETHER = 50_000
"""Characters that are embedded and kept in one go; a crash loses no more work than that."""

BATCH_SECONDS = 2.0  # after so long a batch ends with the article that is read then


class Interrupt:
    """What a handler of SIGINT calls, so that no report is lost between disk and reader.

    It raises KeyboardInterrupt at once, or at the end of a `delayed` block; in such a block, the
    second one is raised at once.
    """

    def __init__(self) -> None:
        self._delayed = False
        self._waits = False

    def __call__(self, *_: object) -> None:
        if not self._delayed or self._waits:
            raise KeyboardInterrupt
        self._waits = True

    @contextmanager
    def delayed(self) -> Iterator[None]:
        """Put off a KeyboardInterrupt to the end of the outermost of these blocks."""
        outer, self._delayed = self._delayed, True
        try:
            yield
        finally:
            self._delayed = outer
        if self._waits and not outer:
            self._waits = False
            raise KeyboardInterrupt


@dataclass(slots=True)
class Adding:
    """Articles on their way into one library, as `Library.add` explains, in batches."""

    catalog: Catalog
    models: Models
    library: str
    now: datetime
    fetcher: Fetcher
    origin: str | None = None
    read: Callable[[], object] = lambda: None
    interrupt: Interrupt = field(default_factory=Interrupt)
    began: float = field(default_factory=time.monotonic)
    waiting: list[Outcome] = field(default_factory=list)
    new: list[NewArticle] = field(default_factory=list)
    new_links: set[str] = field(default_factory=set)

    def take(self, source: str) -> Iterator[Outcome]:
        """Read a source, and give the outcomes that are settled so far."""
        try:
            files = sources.files(source)
        except UnreadableSource as error:
            files = []
            self.waiting.append(_failed(error.source, error.reason))
            self.read()
        for file in files:
            for read in sources.articles(file, fetcher=self.fetcher, origin=self.origin):
                with self.interrupt.delayed():
                    if isinstance(read, UnreadableSource):
                        self.waiting.append(_failed(read.source, read.reason))
                    else:
                        yield from self.offer(file, read)
                    self.read()
                    size = sum(len(new.article.text) for new in self.new)
                    if size >= TOGETHER or time.monotonic() - self.began >= BATCH_SECONDS:
                        yield from self.finish()
            # Links come slowly, so that waiting for more would gain nothing.
            if sources.is_link(file):
                yield from self.finish()
        if not self.new:
            yield from self.finish()

    def add_now(self, source: str, article: Article) -> Outcome:
        """Take an article that was read already and keep it at once."""
        *_, outcome = (*self.offer(source, article), *self.finish())
        return outcome

    def offer(self, source: str, article: Article) -> Iterator[Outcome]:
        """Take an article that was read already, and give the outcomes that are settled so far."""
        article = self._as_filed_before(article)
        # An article with the same id, link or text has to be kept first.
        if _link(article) in self.new_links or any(
            new.article.id == article.id or new.article.text == article.text for new in self.new
        ):
            yield from self.finish()
        article = self._as_linked_before(article)
        by_id = self.catalog.article(ArticleRef(self.library, article.id))
        by_url = article.url and self.catalog.article_with_url(self.library, article.url)
        stored = [old.article for old in (by_id, by_url) if old]
        unchanged = article if any(_same(old, article) for old in stored) else None
        if not stored and (copy := self._copy_of(article)):
            unchanged = replace(copy, origin=article.origin)
        if unchanged:
            self.waiting.append(Outcome(source, Status.UNCHANGED, unchanged))
        elif not article.text.strip():
            self.waiting.append(_failed(source, "it holds no text: check that it is an article"))
        else:
            status = Status.UPDATED if stored else Status.ADDED
            self.waiting.append(Outcome(source, status, article))
            replaces = tuple(old.id for old in stored)
            self.new.append(NewArticle(self.library, article, self.now, replaces=replaces))
            if article.url:
                self.new_links.add(_link(article))

    def finish(self) -> Iterator[Outcome]:
        """Embed and keep what waits, in one transaction, and give its outcomes."""
        with self.interrupt.delayed():
            waiting, new = self.waiting, self.new
            self.waiting, self.new, self.new_links = [], [], set()
            try:
                self._keep(new)
            except Unavailable:
                raise  # it is no fault of the articles
            except QuotewiseError as error:
                new_status = (Status.ADDED, Status.UPDATED)
                waiting = [
                    _failed(outcome.source, str(error)) if outcome.status in new_status else outcome
                    for outcome in waiting
                ]
            yield from waiting
            self.began = time.monotonic()

    def _as_linked_before(self, article: Article) -> Article:
        """An article under the id and the link that it has already, where its id is but a link."""
        if not article.url or article.id != drafts.fingerprint(article.url):
            return article
        stored = self.catalog.article_with_url(self.library, article.url)
        return replace(article, id=stored.article.id, url=stored.article.url) if stored else article

    def _as_filed_before(self, article: Article) -> Article:
        """An article under the id that it has already, where its id is but its file.

        A file that was renamed keeps its article's id; another that takes its name gets a new one.
        """
        origin = article.origin
        if origin is None or article.id != drafts.fingerprint(origin):
            return article
        at_origin = [
            filed for filed in self.catalog.origins.at(self.library, origin) if filed.url is None
        ]
        if len(at_origin) == 1:
            return replace(article, id=at_origin[0].id)
        stored = self.catalog.article(ArticleRef(self.library, article.id))
        if stored is None or stored.article.origin in (None, origin):
            return article
        return replace(article, id=drafts.fingerprint(f"{origin}\n{article.text}"))

    def _copy_of(self, article: Article) -> Article | None:
        """A kept article with the same text, if this one has no other source than that one."""
        if article.url:
            return None
        replaced = {id for new in self.new for id in (new.article.id, *new.replaces)}
        for other in self.catalog.with_text(self.library, article):
            if other.id not in replaced and _adds_nothing(article, other):
                return other
        return None

    def _keep(self, new: list[NewArticle]) -> None:
        while new:
            encoder = self.models.using().encoder
            with suppress(AnotherModel):
                # Before the transaction: who else writes waits for that no longer than a minute.
                read = chunking.embedded(new, encoder)
                self.catalog.put(read, model=encoder.fingerprint)
                return


def _link(article: Article) -> str:
    return links.normalised(article.url or "")


def _same(stored: Article, article: Article) -> bool:
    """Whether nothing a reader would see has changed; the same text may come from another file."""
    return replace(stored, origin=article.origin) == article


def _adds_nothing(article: Article, stored: Article) -> bool:
    """Whether an article's publisher, author, date and pages are unknown or those of another."""
    return all(
        not getattr(article, name) or getattr(article, name) == getattr(stored, name)
        for name in ("source", "author", "published", "pages")
    )


def _failed(source: str, reason: str) -> Outcome:
    return Outcome(source, Status.FAILED, reason=reason)


def restore(catalog: Catalog, models: Models, library: str, record: str) -> str:
    """Put an article back, and return its id. Raises QuotewiseError if its id or link is taken."""
    removed = Removed.from_json(record)
    new = NewArticle(library, removed.article, removed.added, key=removed.key)
    restored = None
    while restored is None:
        encoder = models.using().encoder
        with suppress(AnotherModel):
            (read,) = chunking.embedded([new], encoder)
            restored = catalog.restore(read, removed.versions, model=encoder.fingerprint)
    if not restored:
        raise QuotewiseError(f"{removed.article.title} is here again: nothing was changed.")
    models.catch_up([library])
    return removed.article.id
