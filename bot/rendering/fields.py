"""Answers, articles, feeds and checks as the fields of JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.rendering.text import passage_link, plain
from retrieval import (
    Agreement,
    Answer,
    Article,
    Filters,
    FollowedFeed,
    Quote,
    StoredArticle,
    Version,
)

if TYPE_CHECKING:
    from retrieval.proof import Checked


def answer_fields(answer: Answer) -> dict[str, Any]:
    """Return an answer as `ask --json` prints it."""
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
        "agreement": answer.agreement and _agreement_fields(answer.agreement),
        "timeline": [quote_fields(quote) for quote in answer.timeline],
        "took_ms": round(answer.took_ms, 1),
    }


def _filters_fields(answer: Answer) -> dict[str, Any] | None:
    """Return the filters in force, and the words of the question that set them; None if none."""
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


def _agreement_fields(agreement: Agreement) -> dict[str, Any]:
    """Return who says so besides the first quote's publisher, and where quotes differ."""
    return {
        "independent": [quote_fields(quote) for quote in agreement.independent],
        "copied": [quote_fields(quote) for quote in agreement.copied],
        "differences": [
            [quote_fields(pair.quote), quote_fields(pair.other)] for pair in agreement.differences
        ],
    }


def quote_fields(quote: Quote) -> dict[str, Any]:
    """Return a quote with its source and its place, so that anybody can check it."""
    span = quote.answer
    answer = span and {
        "text": quote.text[span.start : span.end],
        "start": span.start,
        "end": span.end,
    }
    return {
        "text": quote.text,
        "article": _source_fields(quote.article, quote.library),
        "paragraph": quote.paragraph,
        "page": quote.page,
        "start": quote.start,
        "end": quote.end,
        "sha256": quote.article.sha256,
        "score": round(quote.score, 4),
        "answer": answer,
        "link": passage_link(quote),
        "also_in": [
            _source_fields(article, quote.library) | {"sha256": article.sha256}
            for article in quote.also_in
        ],
        "gone_since": _iso(quote.gone_since),
    }


def export_fields(answer: Answer) -> dict[str, Any]:
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
            _source_fields(article, library)
            | {"sha256": sha256, "pages": list(article.pages), "text": article.text}
            for (library, _, sha256), article in articles.items()
        ],
    }


def _source_fields(article: Article, library: str) -> dict[str, Any]:
    names = ("id", "title", "source", "author", "published", "url")
    fields = {name: getattr(article, name) for name in names}
    return {"library": library or None, **fields, "published": _iso(article.published)}


def article_fields(
    stored: StoredArticle, *, with_text: bool = False, versions: Sequence[Version] = ()
) -> dict[str, Any]:
    """Return all that is known of an article; with its text, also its paragraphs and versions."""
    article = stored.article
    fields = _source_fields(article, stored.library) | {
        "origin": article.origin,
        "added": stored.added.isoformat(),
        "sha256": article.sha256,
    }
    if not with_text:
        return fields | {"paragraphs": len(stored.paragraphs)}
    paragraphs = enumerate(stored.paragraphs, start=1)
    return fields | {
        "text": article.text,
        "paragraphs": [{"number": number, **span._asdict()} for number, span in paragraphs],
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
    """Return all that is known of a feed."""
    return asdict(feed) | {
        "added": feed.added.isoformat(),
        "next_poll": _iso(feed.next_poll),
        "next_try": _iso(feed.next_try),
    }


def proof_fields(checked: Checked) -> dict[str, Any]:
    """Return what became of a quote, as `proof --json` prints it."""
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
