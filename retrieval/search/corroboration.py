"""Which publishers report what a quote says, and which differ from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.records import Answer

if TYPE_CHECKING:
    from retrieval.search.pipeline import Found


def compared(
    catalog: Catalog, encoder: Encoder, answer: Answer, found: Found, limit: int
) -> Answer:
    """The answer with the publishers that report the same, and with what differs from it."""
    return answer
