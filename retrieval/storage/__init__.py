"""The catalog: articles, vectors and feeds in one SQLite file; all indexes are made from it."""

from retrieval.storage.catalog import Catalog, Changes
from retrieval.storage.schema import (
    BEGINNING,
    Generation,
    Holdings,
    NewArticle,
    Removed,
    StoredModel,
)

__all__ = [
    "BEGINNING",
    "Catalog",
    "Changes",
    "Generation",
    "Holdings",
    "NewArticle",
    "Removed",
    "StoredModel",
]
