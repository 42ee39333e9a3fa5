"""The order in which articles were published."""

from __future__ import annotations

from datetime import UTC, datetime

from retrieval.records import Article


def published_key(article: Article) -> tuple[str, str]:
    """The day and the time of publication: earlier articles before later ones.

    An article without a time is the last of its day, and one without a date comes last of all.
    """
    when = article.published
    if when is None:
        return "9999-12-31", "24"
    if not isinstance(when, datetime):
        return when.isoformat(), "24"
    when = when.astimezone(UTC) if when.tzinfo else when
    return when.date().isoformat(), when.time().isoformat()
