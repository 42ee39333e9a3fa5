"""The library: reads articles, keeps them word for word and quotes the sentences that answer."""

from retrieval.entries import FollowedFeed
from retrieval.errors import Busy, ModelGone, QuotewiseError
from retrieval.ingest.pipeline import Interrupt
from retrieval.library import MAIN, Library
from retrieval.records import (
    Answer,
    AnswerStatus,
    Arrival,
    Article,
    ArticleRef,
    Filters,
    ModelChange,
    Outcome,
    Quote,
    RemovedArticle,
    Silence,
    Status,
    StoredArticle,
    Turn,
    Version,
)
from retrieval.sources import FEEDS, READABLE

__all__ = [
    "FEEDS",
    "MAIN",
    "READABLE",
    "Answer",
    "AnswerStatus",
    "Arrival",
    "Article",
    "ArticleRef",
    "Busy",
    "Filters",
    "FollowedFeed",
    "Interrupt",
    "Library",
    "ModelChange",
    "ModelGone",
    "Outcome",
    "Quote",
    "QuotewiseError",
    "RemovedArticle",
    "Silence",
    "Status",
    "StoredArticle",
    "Turn",
    "Version",
]
