"""The library: reads articles, keeps them word for word and quotes the sentences that answer."""

from retrieval.entries import FollowedFeed
from retrieval.errors import Busy, ModelGone, QuotewiseError
from retrieval.interrupts import Interrupt
from retrieval.library import MAIN, Library
from retrieval.reading import FEEDS, READABLE
from retrieval.records import (
    Answer,
    Arrival,
    Article,
    KeptArticle,
    Limits,
    ModelChange,
    Outcome,
    Quote,
    Silence,
    Status,
    Turn,
    Version,
)

__all__ = [
    "FEEDS",
    "MAIN",
    "READABLE",
    "Answer",
    "Arrival",
    "Article",
    "Busy",
    "FollowedFeed",
    "Interrupt",
    "KeptArticle",
    "Library",
    "Limits",
    "ModelChange",
    "ModelGone",
    "Outcome",
    "Quote",
    "QuotewiseError",
    "Silence",
    "Status",
    "Turn",
    "Version",
]
