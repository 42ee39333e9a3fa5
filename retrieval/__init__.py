"""The library: reads articles, keeps them word for word and quotes the sentences that answer."""

from retrieval.entries import FollowedFeed
from retrieval.errors import QuotewiseError
from retrieval.library import MAIN, Library
from retrieval.reading import READABLE
from retrieval.records import (
    Answer,
    Arrival,
    Article,
    KeptArticle,
    Outcome,
    Quote,
    Status,
    Turn,
    Version,
)

__all__ = [
    "MAIN",
    "READABLE",
    "Answer",
    "Arrival",
    "Article",
    "FollowedFeed",
    "KeptArticle",
    "Library",
    "Outcome",
    "Quote",
    "QuotewiseError",
    "Status",
    "Turn",
    "Version",
]
