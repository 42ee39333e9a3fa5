"""Answers and articles as the fields of JSON objects."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from bot.rendering.sources import passage_link
from retrieval import Answer, KeptArticle, Quote


def answer_fields(answer: Answer) -> dict[str, Any]:
    """An answer as `ask --json` prints it."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "quotes": [quote_fields(quote) for quote in answer.quotes],
        "closest": [quote_fields(quote) for quote in answer.closest],
        "took_ms": round(answer.took_ms, 1),
    }


def quote_fields(quote: Quote) -> dict[str, Any]:
    """A quote with its source and its place, so that anybody can check it."""
    article = quote.article
    return {
        "text": quote.text,
        "article": {
            "id": article.id,
            "title": article.title,
            "source": article.source,
            "author": article.author,
            "published": _iso(article.published),
            "url": article.url,
        },
        "paragraph": quote.paragraph,
        "page": quote.page,
        "start": quote.start,
        "end": quote.end,
        "sha256": article.sha256,
        "score": round(quote.score, 4),
        "link": passage_link(quote),
    }


def article_fields(kept: KeptArticle, *, with_text: bool = False) -> dict[str, Any]:
    """All that is known of an article; with its text, also where its paragraphs are."""
    fields = asdict(kept.article)
    text = fields.pop("text")
    pages = fields.pop("pages")
    fields |= {
        "published": _iso(kept.article.published),
        "library": kept.library,
        "added": kept.added.isoformat(),
        "sha256": kept.article.sha256,
    }
    if not with_text:
        return fields | {"paragraphs": len(kept.paragraphs)}
    paragraphs = [
        {"number": number, "start": start, "end": end}
        for number, (start, end) in enumerate(kept.paragraphs, start=1)
    ]
    return fields | {"text": text, "paragraphs": paragraphs, "pages": list(pages)}


def _iso(published: date | None) -> str | None:
    return published.isoformat() if published else None
