"""Follow-up questions: as they were asked, and with the subject of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.records import Answer, ArticleRef, Turn

if TYPE_CHECKING:
    from retrieval.search.pipeline import Found


@dataclass(frozen=True, slots=True)
class Query:
    """A question to search for; passages of `articles` are preferred.

    `subject` is what it was rewritten with: the names that the last question was about.
    """

    text: str
    articles: tuple[ArticleRef, ...] = ()
    subject: str = ""

    @property
    def is_rewritten(self) -> bool:
        return bool(self.subject)


def queries(question: str, earlier: Sequence[Turn]) -> list[Query]:
    """The question as it was asked, and with the subject of the turns before it."""
    return [Query(question)]


def best(found: Sequence[Found]) -> Found:
    """What the reader is surest of."""
    return max(found, key=lambda one: one.confidence)


def turn(answer: Answer) -> Turn:
    """An answer as a turn for the questions after it."""
    article = answer.quotes[0].ref if answer.quotes else None
    return Turn(answer.understood or answer.question, article, answer.subject)
