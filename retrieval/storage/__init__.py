"""The catalog: what is kept, and the truth that every index is made from."""

from retrieval.storage.catalog import Catalog
from retrieval.storage.changes import BEGINNING, Changes, Generation, IndexEntry
from retrieval.storage.holdings import Holdings
from retrieval.storage.models import StoredModel, Unread
from retrieval.storage.writing import NewArticle

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
