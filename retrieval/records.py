"""The records that travel between packages; all are frozen."""

import hashlib
import json
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from operator import methodcaller
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


class Span(NamedTuple):
    """A half-open range of characters: `text[start:end]`."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def shifted(self, by: int) -> "Span":
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """The key of an article: an id is unique within its library only."""

    library: str
    id: str


@dataclass(frozen=True, slots=True)
class Article:
    """A text as its author wrote it, with its metadata.

    Paragraphs of `text` are separated by a blank line. `published` is a `datetime` if the article
    states the time of day, else a `date`. `source` is the publisher. `origin` names the file it was
    read from; None for standard input. `pages` are the offsets in `text` at which the pages of a
    document begin, empty for other sources. `note` is a remark for the person who adds it on how it
    was read; it is not stored.
    """

    id: str
    title: str
    text: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None
    origin: str | None = None
    pages: tuple[int, ...] = ()
    note: str | None = field(default=None, compare=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the text in UTF-8, as hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def publisher(self) -> str | None:
        """The publisher's name to compare by: the source, or else the site; None if unknown.

        "The Kelm Post" and "Kelm Post" are the same.
        """
        if self.source:
            return self.source.casefold().removeprefix("the ").strip()
        return urlsplit(self.url or "").netloc.casefold().removeprefix("www.") or None

    @property
    def published_key(self) -> tuple[str, str]:
        """The day and time of publication as a sort key.

        An article without a time sorts at the end of its day, one without a date after all others.
        Times without a zone are taken for UTC.
        """
        when = self.published
        if when is None:
            return "9999-12-31", "24"
        if not isinstance(when, datetime):
            return when.isoformat(), "24"
        when = when.astimezone(UTC) if when.tzinfo else when
        return when.date().isoformat(), when.time().isoformat()


LONGEST_ID = 1_200
"""Bytes of the id of an article or of a feed's entry, or of a feed's address.

PostgreSQL looks up 2,700 together, which are those of a feed and of an entry.
"""


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """What a list shows of an article: its metadata without its text."""

    id: str
    title: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article in the catalog, with its library, when it was added, and its paragraphs' spans."""

    article: Article
    library: str
    added: datetime
    paragraphs: tuple[Span, ...]

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)


@dataclass(frozen=True, slots=True)
class RemovedArticle(StoredArticle):
    """An article that was removed; `Library.restore` puts it back from `record`, a JSON text."""

    record: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that was added: `key` grows with each, and near-duplicates share a `story`."""

    key: int
    stored: StoredArticle
    story: int


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier state of an article, from the time `added` until it was `replaced`."""

    article: Article
    added: datetime
    replaced: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """Whole sentences of an article, word for word: `article.text[start:end] == text`.

    `paragraph` counts from 1. `score` is the probability that it answers, if any quote does.
    `answer` are the characters of `text` that answer; None if no part stands out. `also_in` are
    other articles of the same story with the same sentences. `gone_since` is the time at which the
    article was changed, if only an earlier version has the quote. `library` holds the article and
    those of `also_in`; it is empty for an article in no library.
    """

    text: str
    article: Article
    paragraph: int
    start: int
    end: int
    score: float
    answer: Span | None = None
    also_in: tuple[Article, ...] = ()
    gone_since: datetime | None = None
    library: str = ""

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)

    @property
    def page(self) -> int | None:
        """The page of a document on which the quote begins, from 1; None without pages."""
        return bisect_right(self.article.pages, self.start) or None


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation, and the article that answered it.

    `subject` is the subject with which that question was completed, if it was a follow-up itself.
    """

    question: str
    article: ArticleRef | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be quoted: all that match each field that is set.

    `since` and `until` are days of publication, both included. `sources` are publishers and
    `authors` are authors as the catalog spells them, and `articles` are ids: any of each will do.
    `words` are the spans of the question that set the filters, empty if they were given as options.
    `unread` are the spans of dates that would set filters if they were not ambiguous.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    words: tuple[Span, ...] = ()
    authors: tuple[str, ...] = ()
    unread: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelChange:
    """The progress of embedding all articles with another model.

    `before` and `after` are names or folders of models; `read` counts the articles done, of
    `articles` in all. `is_set` is false if another process with other settings began the change.
    """

    before: str
    after: str
    read: int
    articles: int
    is_set: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """A number or date of a quote and that of another article: quotes of just these words."""

    quote: Quote
    other: Quote


@dataclass(frozen=True, slots=True)
class Agreement:
    """Publishers that report the same as the best quote, excluding the quote's own.

    `independent` has a sentence of each publisher that uses its own words, and `copied` one of each
    that copied. `differences` are those between any quote of the answer and another article.
    """

    independent: tuple[Quote, ...] = ()
    copied: tuple[Quote, ...] = ()
    differences: tuple[Difference, ...] = ()


class AnswerStatus(StrEnum):
    """How sure an answer is."""

    ANSWER = "answer"
    PROBABLE = "probable"
    NONE = "none"


class Silence(StrEnum):
    """Why there is no answer."""

    NOTHING = "nothing"  # no article is about the subject
    CLOSE = "close"  # some articles are about it
    OUTSIDE = "outside"  # articles that the filters exclude answer it


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: quotes, best first, or the `closest` sentences if none answers.

    `confidence` is the probability that the best quote answers, and `raw` the confidence before
    calibration. `understood` is a follow-up question as it was completed from earlier turns with
    `subject`, None for a question that stands by itself. `filters` are those that applied: `inside`
    counts the articles they admit, None for all, and `undated` those they exclude for lack of a
    date. `silence` says why nothing answers. `agreement` has other publishers that report the same,
    or something else. `timeline` has dated quotes in the order of publication, one for each story,
    if the question asks what happened.
    """

    question: str
    status: AnswerStatus
    confidence: float
    quotes: tuple[Quote, ...] = ()
    closest: tuple[Quote, ...] = ()
    took_ms: float = 0.0
    understood: str | None = None
    filters: Filters = Filters()
    silence: Silence | None = None
    raw: float = 0.0
    inside: int | None = None
    undated: int = 0
    agreement: Agreement | None = None
    timeline: tuple[Quote, ...] = ()
    subject: str = ""

    @property
    def answered(self) -> bool:
        """Whether the quotes are an answer and not only a probable one."""
        return self.status is AnswerStatus.ANSWER

    @property
    def shown(self) -> tuple[Quote, ...]:
        """The quotes that people see: the timeline, or the quotes, or the closest sentences."""
        return self.timeline or self.quotes or self.closest


class Status(StrEnum):
    """The result for a source. Only syncing with a folder yields REMOVED."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of reading a source: the article that is now stored, or the reason for none.

    `library` is set when the feeds of several libraries are polled together.
    """

    source: str
    status: Status
    article: Article | None = None
    reason: str | None = None
    library: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of a paragraph, short enough for the model; mostly the paragraph.

    `paragraph` counts from 1. `start`, `end` and `sentences` are offsets in the article's text.
    `vector` is float32 of shape (dimension,) and length one.
    """

    paragraph: int
    start: int
    end: int
    sentences: tuple[Span, ...]
    vector: Floats


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage in the catalog, with its id there, its library and its article."""

    id: int
    library: str
    article: Article
    passage: Passage

    @property
    def text(self) -> str:
        return self.article.text[self.passage.start : self.passage.end]

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that an index returned, with its cosine and BM25 score; the latter 0 if unranked.

    The BM25 score is divided by the logarithm of the number of passages, the weight of a word that
    a single passage has: so the same words count about the same in a library of any size.
    """

    passage_id: int
    cosine: float
    bm25: float


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article, under an id that no other entry of the feed has.

    `content` is HTML where `is_html`, and `whole` where it is all of the article and no summary.
    `updated` is the time of its last change; an article's date is `published`.
    """

    id: str
    link: str | None = None
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: date | None = None
    updated: date | None = None
    content: str | None = None
    is_html: bool = True
    whole: bool = False


def entry_to_json(entry: Entry) -> str:
    """Write an entry as JSON, to wait in the catalog or to cross between processes."""
    return json.dumps(asdict(entry), default=methodcaller("isoformat"))


def entry_from_json(written: str | bytes) -> Entry:
    """Return the entry that was written as JSON, by this version or an earlier one."""
    fields = json.loads(written)
    fields.pop("is_sitemap", None)  # of an earlier version
    for name in ("published", "updated"):
        if time := fields[name]:
            fields[name] = (datetime if "T" in time else date).fromisoformat(time)
    return Entry(**fields)


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """The PostgreSQL server that has the articles; how many bytes its database takes.

    `seconds` is how long the shortest query takes.
    """

    place: str
    version: str
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Feed:
    title: str | None
    entries: tuple[Entry, ...]


class Listed(NamedTuple):
    """A feed as a list of feeds names it; `refused` says why it cannot be followed."""

    url: str
    title: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class FollowedFeed:
    """A feed that a library follows, with how many entries are settled, wait, and are `delayed`.

    `next_poll` is None for one that is gone for good. `failures` counts polls in vain since the
    last good one, and `trouble` says why, for people; `delay` says why an entry could not be read
    that is tried again at `next_try`.
    """

    library: str
    url: str
    title: str | None
    added: datetime
    next_poll: datetime | None
    etag: str | None = None
    modified: str | None = None
    failures: int = 0
    trouble: str | None = None
    settled: int = 0
    waiting: int = 0
    delayed: int = 0
    next_try: datetime | None = None
    delay: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry whose article is still to be read, after `attempts` in vain, or to be updated."""

    library: str
    feed: str
    feed_title: str | None
    entry: Entry
    attempts: int
    article: str | None = None

    @property
    def name(self) -> str:
        """What people know the entry by."""
        return self.entry.link or self.entry.title or self.feed
