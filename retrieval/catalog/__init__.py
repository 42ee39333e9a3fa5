"""The catalog: what is kept, and the truth that every index is made from."""

from retrieval.catalog.catalog import Catalog
from retrieval.catalog.changes import BEGINNING, Changes, Generation, IndexEntry
from retrieval.catalog.holdings import Holdings
from retrieval.catalog.models import StoredModel, Unread
from retrieval.catalog.writing import NewArticle

__all__ = [
    "BEGINNING",
    "Catalog",
    "Changes",
    "Generation",
    "Holdings",
    "IndexEntry",
    "NewArticle",
    "StoredModel",
    "Unread",
]
