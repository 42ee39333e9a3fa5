"""The limits of an answer as the store keeps them, so that its buttons know them later; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from retrieval import Answer, Limits
from retrieval.records import Span


def limits_kept(answer: Answer) -> dict[str, Any]:
    """The limits of an answer, for JSON."""
    limits = answer.limits
    return {
        "since": limits.since and limits.since.isoformat(),
        "until": limits.until and limits.until.isoformat(),
        "sources": limits.sources,
        "authors": limits.authors,
        "articles": limits.articles,
        "words": limits.words,
        "unread": limits.unread,
        "inside": answer.inside,
        "undated": answer.undated,
    }


def with_limits(answer: Answer, kept: dict[str, Any]) -> Answer:
    """An answer with the limits that were kept of it."""
    since, until = (kept[name] and date.fromisoformat(kept[name]) for name in ("since", "until"))
    return replace(
        answer,
        limits=Limits(
            since,
            until,
            tuple(kept["sources"]),
            tuple(kept["articles"]),
            tuple(Span(*span) for span in kept["words"]),
            tuple(kept["authors"]),
            tuple(Span(*span) for span in kept.get("unread", ())),
        ),
        inside=kept["inside"],
        undated=kept["undated"],
    )
