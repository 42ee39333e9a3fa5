"""What happened with something: dated quotes in the order of publication, one a story."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from retrieval.catalog import Catalog
from retrieval.records import Answer

if TYPE_CHECKING:
    from retrieval.search.pipeline import Found


def is_told(found: Found) -> bool:
    """Whether the question asks for a timeline and the articles have one."""
    return False


def with_timeline(
    catalog: Catalog, answer: Answer, found: Found, within: Collection[int] | None
) -> Answer:
    """The answer with its timeline, if the question asks for one."""
    return answer
