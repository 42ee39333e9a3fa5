"""The catalog: articles, vectors and feeds in one SQLite file; all indexes are made from it."""

from retrieval.storage.catalog import Catalog, Holdings
from retrieval.storage.models import (
    BEGINNING,
    Changes,
    Generation,
    StoredModel,
    Unread,
)
from retrieval.storage.writing import NewArticle

__all__ = [
    "BEGINNING",
    "Catalog",
    "Changes",
    "Generation",
    "Holdings",
    "NewArticle",
    "StoredModel",
    "Unread",
]
