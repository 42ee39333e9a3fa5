"""The records that travel between rooms; every one is frozen."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
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


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """The key of an article: ids are unique within a library only."""

    library: str
    id: str


@dataclass(frozen=True, slots=True)
class Article:
    """A text as its author wrote it, with what is known of its source.

    Paragraphs of `text` are separated by a blank line. `published` is a `datetime` where the
    article tells the time of day, else a `date`; when Quotewise read it is no part of it.
    `origin` names the file it was read from; None for standard input. `pages` are the places in
    `text` at which the pages of a document begin; empty for what has none. `note` is what whoever
    adds it should know of how it was read; it is told then, and is no part of the article.
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
        """The name that tells publishers apart: the source, or the site; None if neither is known.

        "The Kelm Post" and "Kelm Post" are the same.
        """
        if self.source:
            return self.source.casefold().removeprefix("the ").strip()
        return urlsplit(self.url or "").netloc.casefold().removeprefix("www.") or None

    @property
    def published_key(self) -> tuple[str, str]:
        """The day and the time of publication, to sort by: without a time, the end of the day.

        An article without a date comes last. Times without a zone are taken for UTC.
        """
        when = self.published
        if when is None:
            return "9999-12-31", "24"
        if not isinstance(when, datetime):
            return when.isoformat(), "24"
        when = when.astimezone(UTC) if when.tzinfo else when
        return when.date().isoformat(), when.time().isoformat()


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article in the catalog: its library, when it was read in, and where its paragraphs are."""

    article: Article
    library: str
    added: datetime
    paragraphs: tuple[Span, ...]

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)


@dataclass(frozen=True, slots=True)
class RemovedArticle(StoredArticle):
    """An article that was removed; `Library.restore` puts it back from `record`."""

    record: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that came: `key` grows with each, and `story` is the same for all that tell it."""

    key: int
    stored: StoredArticle
    story: int


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said from `added` on, until it was `replaced` by what it says next."""

    article: Article
    added: datetime
    replaced: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """Whole sentences of a kept article, word for word: `article.text[start:end] == text`.

    `paragraph` counts from 1. `score` is how probable it is that it answers, if anything does.
    `answer` are the characters of `text` that answer, where some words stand out. `also_in` are
    other articles of the same story that have these very sentences. `gone_since` tells that the
    article was changed, when, and that the quote stands only in what it said before. `library`
    holds the article and those of `also_in`; it is empty for an article that is in no library.
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
        """The page of a document on which the quote begins, from 1; None for what has no pages."""
        return bisect_right(self.article.pages, self.start) or None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before in the same conversation, and the article that answered it.

    `subject` is what that question was about, if it was itself understood by the turns before it.
    """

    question: str
    article: ArticleRef | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be quoted: all, where nothing is set.

    `since` and `until` are days of publication, both included; `sources` are publishers as the
    catalog spells them, any of which will do, and `authors` likewise; `articles` are ids. `words`
    are the characters of the question that set them; empty where they were set outright. `unread`
    are those of dates that would set filters if they could be read.
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
    """How far the articles are read by the model that is to take the place of the one in use.

    `before` and `after` are names or folders of models. The latter `is_set` by the settings, or
    those of another process have begun this.
    """

    before: str
    after: str
    read: int
    articles: int
    is_set: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """What a quote tells in another number or date than another article: those words of each.

    Both are places in their articles as quotes are, and shorter than a sentence.
    """

    quote: Quote
    other: Quote


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who tells what the best quote of an answer tells, besides its own publisher, if it is known.

    `independent` has a sentence of each other publisher that says it in words of its own, and
    `copied` one of each that took it over. `differences` are those of all quotes.
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

    NOTHING = "nothing"  # no article speaks of it
    CLOSE = "close"  # some come close
    OUTSIDE = "outside"  # some answer, and lie outside the limits


@dataclass(frozen=True, slots=True)
class Answer:
    """The quotes that answer a question, best first; or none, and the closest sentences instead.

    `confidence` is the probability that the best quote answers.
    `understood` is the question as it was completed from the turns before it; None where it stood
    by itself. `filters` are those in force, and `silence` says why nothing answers. `raw` is the
    confidence before it was calibrated, which only a calibration understands. `inside` counts
    the articles that lie within the filters, and `undated` those that may lie there but have no
    date. `agreement` tells where others say the same, or differ; `timeline` has dated quotes in
    the order of publication, one a story, where the question asks what happened.
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
        """Whether the quotes answer, and not only probably."""
        return self.status is AnswerStatus.ANSWER

    @property
    def shown(self) -> tuple[Quote, ...]:
        """What a person sees: the timeline, or the quotes, or else the closest sentences."""
        return self.timeline or self.quotes or self.closest


class Status(StrEnum):
    """What became of a source: only from a folder that is watched can an article be removed."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source: the article that is now kept, or the reason why there is none.

    `library` is told where the feeds of several libraries are polled together.
    """

    source: str
    status: Status
    article: Article | None = None
    reason: str | None = None
    library: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one paragraph, short enough for the model to read at once.

    Most paragraphs are one passage. `paragraph` counts from 1. `vector` is float32 of shape
    (dimension,) and length one. `sentences` are characters of the article.
    """

    paragraph: int
    start: int
    end: int
    sentences: tuple[Span, ...]
    vector: Floats


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage in the catalog, with its id there, its library and the article it stands in."""

    id: int
    library: str
    article: Article
    passage: Passage

    @property
    def text(self) -> str:
        """The passage itself, word for word."""
        return self.article.text[self.passage.start : self.passage.end]

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that an index found: its cosine to the question, and its BM25 score (else 0).

    The BM25 score is divided by the logarithm of the number of passages, which is what a word of
    one passage weighs: the same words then count about the same in a library of any size.
    """

    passage_id: int
    cosine: float
    bm25: float
