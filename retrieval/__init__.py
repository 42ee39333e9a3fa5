"""The library: reads articles, keeps them word for word and quotes the sentences that answer."""

from retrieval.errors import QuotewiseError
from retrieval.library import MAIN, Library
from retrieval.records import Answer, Article, KeptArticle, Outcome, Quote, Status, Version

__all__ = [
    "MAIN",
    "Answer",
    "Article",
    "KeptArticle",
    "Library",
    "Outcome",
    "Quote",
    "QuotewiseError",
    "Status",
    "Version",
]
