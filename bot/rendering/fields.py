"""Answers, articles, feeds and checks as the fields of JSON objects.

`quotewise schema` prints JSON Schemas of the records here, with the descriptions of their fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict  # as pydantic needs it before Python 3.12

from bot.rendering.text import passage_link, plain
from retrieval import (
    Agreement,
    Answer,
    AnswerStatus,
    Article,
    Filters,
    FollowedFeed,
    Quote,
    Silence,
    StoredArticle,
    Version,
)
from retrieval.proof import Checked, Verdict

# Descriptions of fields that are inherited stand in their types: pydantic reads the docstrings
# that stand below fields in the class itself only.
Day = Annotated[str, Field(description="A day, or a time if it is known, as ISO 8601 writes it.")]
Time = Annotated[
    str,
    Field(description="A time, as ISO 8601 writes it.", json_schema_extra={"format": "date-time"}),
]
Publisher = Annotated[str, Field(description="A publisher.")]
Sha256 = Annotated[
    str,
    Field(pattern="^[0-9a-f]{64}$", description="The SHA-256 of the article's text in UTF-8."),
]
Offset = Annotated[int, Field(ge=0, description="A place in a text: characters before it.")]
Count = Annotated[int, Field(ge=0)]
Number = Annotated[int, Field(ge=1, description="Counted from 1.")]
Share = Annotated[float, Field(ge=0, le=1)]


@with_config(ConfigDict(extra="forbid", use_attribute_docstrings=True))
class Fields(TypedDict):
    """An object with these fields and no others."""


class SourceFields(Fields):
    """An article, as its quotes name it."""

    library: str | None
    id: str
    title: str
    source: Publisher | None
    author: str | None
    published: Day | None
    url: str | None


class CopyFields(SourceFields):
    """Another article that has the same sentences."""

    sha256: Sha256


class SpanFields(Fields):
    """The words of a quote that answer: `text[start:end]` of the quote."""

    text: str
    start: Offset
    end: Offset


class QuoteFields(Fields):
    """Whole sentences of an article, word for word."""

    text: str
    article: SourceFields
    paragraph: Number
    page: Number | None
    start: Offset
    """Where the quote begins in the article's text, in characters (Unicode code points)."""
    end: Offset
    """Where the quote ends in the article's text: `text == article[start:end]`."""
    sha256: Sha256
    score: Share
    """The probability that this quote answers, if any does."""
    answer: SpanFields | None
    """The words that answer; null if no part of the quote stands out."""
    link: str | None
    """The article's address; where the quote can be marked on the page, with a text fragment."""
    also_in: list[CopyFields]
    gone_since: Time | None
    """When the article was changed, if only an earlier version of it has the quote."""


class LimitsFields(Fields):
    """What the answer is limited to."""

    since: Day | None
    until: Day | None
    sources: list[Publisher]
    authors: list[str]
    articles: list[str]
    """Ids of articles."""
    words: list[str]
    """The words of the question that set the limits; none if they were given as options."""
    unread: list[str]
    """Dates in the question that are ambiguous and limit nothing."""
    inside: Count | None
    """How many articles are within the limits."""
    undated: Count
    """How many articles are left out because they have no date."""


class AgreementFields(Fields):
    """Other publishers that report the same as the first quote, and what differs from quotes."""

    independent: list[QuoteFields]
    """Sentences of publishers that say so in their own words, one of each."""
    copied: list[QuoteFields]
    """Sentences of publishers that copied the quoted article, one of each."""
    differences: list[Annotated[list[QuoteFields], Field(min_length=2, max_length=2)]]
    """Pairs: a number or date of a quote, and the different one of another article."""


class AnswerFields(Fields):
    """The answer to a question."""

    question: str
    understood: str | None
    """A follow-up question as it was completed from earlier ones."""
    status: AnswerStatus
    answered: bool
    """Whether the status is `answer`."""
    confidence: Share
    """The probability that the first quote answers."""
    silence: Silence | None
    """Why nothing answers: no article is about it (`nothing`), some are (`close`), or articles
    beyond the limits answer (`outside`)."""
    limits: LimitsFields | None
    quotes: list[QuoteFields]
    """The quotes that answer, best first."""
    closest: list[QuoteFields]
    """The closest sentences, if nothing answers."""
    agreement: AgreementFields | None
    timeline: list[QuoteFields]
    """Quotes by date of publication, if the question asks what happened."""
    took_ms: float


class RefusedFields(Fields):
    """A line of standard input that could not be asked, and why."""

    question: str
    error: str


class ExportedArticleFields(CopyFields):
    """An article that the answer names, with its text."""

    pages: list[Offset]
    text: str


class ExportFields(Fields):
    """An answer with all articles that it names, so that it can be checked on its own."""

    answer: AnswerFields
    articles: list[ExportedArticleFields]


class StoredFields(SourceFields):
    """An article of a library."""

    origin: Annotated[str | None, Field(description="The file or link that it was read from.")]
    added: Time
    sha256: Sha256


class ArticleFields(StoredFields):
    """An article in a list."""

    paragraphs: Count


class ParagraphFields(Fields):
    """The place of a paragraph in the article's text."""

    number: Number
    start: Offset
    end: Offset


class VersionFields(Fields):
    """An earlier version of an article, which `show --version` prints."""

    number: Number
    added: Time
    replaced: Time
    sha256: Sha256


class ArticleTextFields(StoredFields):
    """An article with its text."""

    text: str
    paragraphs: list[ParagraphFields]
    pages: list[Offset]
    """Where the pages of a document begin; empty for other articles."""
    versions: list[VersionFields]


class ProofFields(Fields):
    """A quote of a file, and whether it stands."""

    answer: Number
    """Which answer of the file has the quote."""
    place: str
    """Where the answer has it, such as `quote 1` or `closest 2`."""
    verdict: Verdict
    reason: str | None
    """A sentence that says what is wrong; null if the quote stands."""
    text: str
    article: str | None
    """The id of the article; null unless the quote stands."""
    sha256: Sha256 | None


# -- the schemas

# Fields with defaults are printed, too.
EXACT = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


@with_config(EXACT)
@dataclass(frozen=True)
class FeedFields(FollowedFeed):
    __doc__ = FollowedFeed.__doc__


def records() -> dict[str, Any]:
    """The records by the names that `quotewise schema` gives them."""
    from retrieval.evaluation import DialogueFigures, Figures  # which load the models' libraries

    @with_config(EXACT)
    @dataclass(frozen=True)
    class FiguresFields(Figures):
        __doc__ = Figures.__doc__

        set: str

    @with_config(EXACT)
    @dataclass(frozen=True)
    class DialogueFiguresFields(DialogueFigures):
        __doc__ = DialogueFigures.__doc__

        set: str

    return {
        "ask": AnswerFields | RefusedFields,
        "export": ExportFields,
        "articles": ArticleFields,
        "show": ArticleTextFields,
        "feed": FeedFields,
        "proof": ProofFields,
        "evaluate": FiguresFields | DialogueFiguresFields,
    }


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a record."""
    described = TypeAdapter(records()[name]).json_schema(mode="serialization")
    return {"$schema": GenerateJsonSchema.schema_dialect, **described}


# -- the fields of what is printed


def answer_fields(answer: Answer) -> AnswerFields:
    return {
        "question": answer.question,
        "understood": answer.understood,
        "status": answer.status,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "silence": answer.silence,
        "limits": _filters_fields(answer),
        "quotes": [quote_fields(quote) for quote in answer.quotes],
        "closest": [quote_fields(quote) for quote in answer.closest],
        "agreement": _agreement_fields(answer.agreement) if answer.agreement else None,
        "timeline": [quote_fields(quote) for quote in answer.timeline],
        "took_ms": round(answer.took_ms, 1),
    }


def _filters_fields(answer: Answer) -> LimitsFields | None:
    filters = answer.filters
    if filters == Filters():
        return None
    return {
        "since": _iso(filters.since),
        "until": _iso(filters.until),
        "sources": list(filters.sources),
        "authors": list(filters.authors),
        "articles": list(filters.articles),
        "words": [answer.question[start:end] for start, end in filters.words],
        "unread": [answer.question[start:end] for start, end in filters.unread],
        "inside": answer.inside,
        "undated": answer.undated,
    }


def _agreement_fields(agreement: Agreement) -> AgreementFields:
    return {
        "independent": [quote_fields(quote) for quote in agreement.independent],
        "copied": [quote_fields(quote) for quote in agreement.copied],
        "differences": [
            [quote_fields(pair.quote), quote_fields(pair.other)] for pair in agreement.differences
        ],
    }


def quote_fields(quote: Quote) -> QuoteFields:
    span = quote.answer
    return {
        "text": quote.text,
        "article": _source_fields(quote.article, quote.library),
        "paragraph": quote.paragraph,
        "page": quote.page,
        "start": quote.start,
        "end": quote.end,
        "sha256": quote.article.sha256,
        "score": round(quote.score, 4),
        "answer": span and {"text": quote.text[slice(*span)], "start": span.start, "end": span.end},
        "link": passage_link(quote),
        "also_in": [
            {**_source_fields(article, quote.library), "sha256": article.sha256}
            for article in quote.also_in
        ],
        "gone_since": _iso(quote.gone_since),
    }


def export_fields(answer: Answer) -> ExportFields:
    """Return an answer with all articles that it names, so that it can be checked on its own.

    It does not say from which files the articles were read.
    """
    agreement = answer.agreement or Agreement()
    sides = (side for pair in agreement.differences for side in (pair.quote, pair.other))
    quotes = (*answer.quotes, *answer.closest, *answer.timeline)
    others = (*agreement.independent, *agreement.copied, *sides)
    articles = {
        (quote.library, article.id, article.sha256): article
        for quote in (*quotes, *others)
        for article in (quote.article, *quote.also_in)
    }
    return {
        "answer": answer_fields(answer),
        "articles": [
            {
                **_source_fields(article, library),
                "sha256": sha256,
                "pages": list(article.pages),
                "text": article.text,
            }
            for (library, _, sha256), article in articles.items()
        ],
    }


def _source_fields(article: Article, library: str) -> SourceFields:
    return {
        "library": library or None,
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": _iso(article.published),
        "url": article.url,
    }


def article_fields(
    stored: StoredArticle, *, with_text: bool = False, versions: Sequence[Version] = ()
) -> ArticleFields | ArticleTextFields:
    """Return all that is known of an article; with its text, also its paragraphs and versions."""
    article = stored.article
    fields: StoredFields = {
        **_source_fields(article, stored.library),
        "origin": article.origin,
        "added": stored.added.isoformat(),
        "sha256": article.sha256,
    }
    if not with_text:
        return {**fields, "paragraphs": len(stored.paragraphs)}
    return {
        **fields,
        "text": article.text,
        "paragraphs": [
            {"number": number, "start": span.start, "end": span.end}
            for number, span in enumerate(stored.paragraphs, start=1)
        ],
        "pages": list(article.pages),
        "versions": [
            {
                "number": number,
                "added": version.added.isoformat(),
                "replaced": version.replaced.isoformat(),
                "sha256": version.article.sha256,
            }
            for number, version in enumerate(versions, start=1)
        ],
    }


def feed_fields(feed: FollowedFeed) -> dict[str, Any]:
    return asdict(feed) | {
        "added": feed.added.isoformat(),
        "next_poll": _iso(feed.next_poll),
        "next_try": _iso(feed.next_try),
    }


def proof_fields(checked: Checked) -> ProofFields:
    return {
        "answer": checked.answer,
        "place": plain(checked.place),
        "verdict": checked.verdict,
        "reason": plain(checked.reason) or None,
        "text": plain(checked.text),
        "article": checked.article.id if checked.article else None,
        "sha256": checked.article.sha256 if checked.article else None,
    }


def _iso(when: date | None) -> str | None:
    return when.isoformat() if when else None
