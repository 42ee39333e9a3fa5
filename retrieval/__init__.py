"""The library: reads articles, stores them word for word and quotes the sentences that answer.

These names are the public API, with the modules `retrieval.evaluation` and `retrieval.proof`.
Names that need an index, a model or a parser are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retrieval.errors import Busy, ModelGone, QuotewiseError, Unavailable
from retrieval.records import (
    Agreement,
    Answer,
    AnswerStatus,
    Arrival,
    Article,
    ArticleRef,
    DatabaseServer,
    Difference,
    Filters,
    FollowedFeed,
    ListedArticle,
    ModelChange,
    Outcome,
    Quote,
    RemovedArticle,
    Silence,
    Span,
    Status,
    StoredArticle,
    Turn,
    Version,
)

if TYPE_CHECKING:
    from retrieval.ingest.pipeline import Interrupt
    from retrieval.library import MAIN, Library
    from retrieval.models import DEFAULT_MODEL
    from retrieval.search.calibration import checked_risk
    from retrieval.search.filters import filters_given, filters_written
    from retrieval.search.followups import turn
    from retrieval.sources import FEEDS, READABLE
    from retrieval.sources.feeds import opml
    from retrieval.storage.backup import back_up, restore
    from retrieval.storage.copying import migrate
    from retrieval.storage.database import Database
    from retrieval.storage.migrations import Schema
    from retrieval.text.dates import HOW_TO_WRITE

__all__ = [
    "DEFAULT_MODEL",
    "FEEDS",
    "HOW_TO_WRITE",
    "MAIN",
    "READABLE",
    "Agreement",
    "Answer",
    "AnswerStatus",
    "Arrival",
    "Article",
    "ArticleRef",
    "Busy",
    "Database",
    "DatabaseServer",
    "Difference",
    "Filters",
    "FollowedFeed",
    "Interrupt",
    "Library",
    "ListedArticle",
    "ModelChange",
    "ModelGone",
    "Outcome",
    "Quote",
    "QuotewiseError",
    "RemovedArticle",
    "Schema",
    "Silence",
    "Span",
    "Status",
    "StoredArticle",
    "Turn",
    "Unavailable",
    "Version",
    "back_up",
    "checked_risk",
    "filters_given",
    "filters_written",
    "migrate",
    "opml",
    "restore",
    "turn",
]

_IMPORTED_LATER = {
    "DEFAULT_MODEL": "models",
    "Database": "storage.database",
    "FEEDS": "sources",
    "HOW_TO_WRITE": "text.dates",
    "Interrupt": "ingest.pipeline",
    "Library": "library",
    "MAIN": "library",
    "READABLE": "sources",
    "Schema": "storage.migrations",
    "back_up": "storage.backup",
    "checked_risk": "search.calibration",
    "filters_given": "search.filters",
    "filters_written": "search.filters",
    "migrate": "storage.copying",
    "opml": "sources.feeds",
    "restore": "storage.backup",
    "turn": "search.followups",
}


def __getattr__(name: str) -> Any:
    if name not in _IMPORTED_LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_IMPORTED_LATER[name]}"), name)
