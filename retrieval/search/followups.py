"""Follow-up questions: as they were asked, and with the subject of the last one.

The reader reads both in one batch, and its scores choose between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.records import Answer, Article, ArticleRef, Span, Turn
from retrieval.search.filters import ABOUT_ARTICLES, blanked
from retrieval.text.terms import content_terms

if TYPE_CHECKING:
    from retrieval.search.pipeline import SearchResult

MOST_TURNS = 12
"""Turns that are looked back on for a subject."""

MOST_NAMES = 3
"""Names that a follow-up question is searched with."""

MOSTLY = 4
"""How many times as often a name is written with a capital as without one."""

FOLLOWS, LEANS = 0.0, 3.0
"""What the odds of the rewritten question gain, as a logarithm: always, and where a pronoun points
back."""

_WORD = re.compile(r"\w(?:[\w.&-]|['’](?=\w\w))*(?<=\w)")
_LINKS = frozenset("of the de la le da di du del van von der den bin al el".split())
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december".split()
)
_POINTS_BACK = re.compile(r"\b(?:he|him|his|she|hers?|its?|they|them|theirs?)\b", re.IGNORECASE)
_REMARK = re.compile(
    r"(?:hello|hi|hey|good (?:morning|afternoon|evening)|thanks?(?: you)?|ok(?:ay)?|yes|no|bye"
    r"|great|cool)\b[\w\s]{0,20}[.!,]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question to search for; passages of `articles` are preferred.

    `subject` is what it was rewritten with: the names that the last question was about, or the
    title of the article quoted. `matched` has the words that count where they are found, if not all
    do: those of a title stand beside each passage of its article and say nothing of an answer.
    """

    text: str
    articles: tuple[ArticleRef, ...] = ()
    subject: str = ""
    gains: float = 0.0
    matched: str = ""

    @property
    def is_rewritten(self) -> bool:
        return bool(self.subject)


def queries(question: str, earlier: Sequence[Turn], article: Article | None = None) -> list[Query]:
    """The question as it was asked, and with the subject of the turns before it.

    `article` is that of `last_turn`, if it has one.
    """
    original, last = Query(question), last_turn(earlier)
    if last is None or _REMARK.fullmatch(question):
        return [original]
    subject, leans = _subject(last, article), bool(_POINTS_BACK.search(question))
    known = f"{subject}\n{article.title}\n{article.text}" if article else ""
    is_new = bool(known) and _is_new(question, known)
    if not subject or (is_new and not leans) or subject.lower() in question.lower():
        return [original]
    if not leans and article and subject == article.title and content_terms(question):
        return [original]  # a whole title would answer for the question
    articles = (last.article,) if last.article and article else ()
    gains = FOLLOWS + LEANS * leans
    matched = question if article and subject == article.title else ""
    rewritten = Query(f"{subject}: {question}", articles, subject, gains, matched)
    stands = content_terms(question) and not (leans and not is_new)
    return [original, rewritten] if stands else [rewritten]


def without_filters(question: str, words: Sequence[Span], earlier: Sequence[Turn]) -> str:
    """The question without the words that set its filters: "in March 2023" need not be quoted.

    The last question, if nothing else is left: "And according to The Post?".
    """
    bare = " ".join(blanked(question, words).split())
    if not words or content_terms(ABOUT_ARTICLES.sub(" ", bare)):
        return bare
    return earlier[-1].question if earlier else question


def best(results: Sequence[SearchResult]) -> SearchResult:
    """What the reader is surest of, where the rewritten question gains a little."""
    return max(results, key=lambda result: result.odds + result.query.gains)


def turn(answer: Answer) -> Turn:
    """An answer as a turn for the questions after it."""
    quotes = answer.shown if answer.quotes or answer.subject else ()
    return Turn(
        answer.question if answer.subject else answer.understood or answer.question,
        quotes[0].ref if quotes else None,
        answer.subject,
    )


def last_turn(earlier: Sequence[Turn]) -> Turn | None:
    """The last turn that has a subject: an article that was quoted, or names."""
    return next(
        (
            turn
            for turn in reversed(earlier[-MOST_TURNS:])
            if turn.article or turn.subject or names_in(turn.question)
        ),
        None,
    )


def names_in(question: str, text: str = "") -> list[str]:
    """The names in a question: words with a capital there, or mostly in a text."""
    names: list[str] = []
    end = -1  # of the name that a word may go on with
    for word in _WORD.finditer(question):
        name = _name(word, question, text) or (word[0] if end >= 0 and word[0].isdigit() else "")
        between = question[end : word.start()] if end >= 0 else ","
        if name and _LINKS.issuperset(between.split()):
            names[-1] += between + name
        elif name:
            names.append(name)
        if name:
            end = word.end()
        elif word[0].lower() not in _LINKS:
            end = -1
    return list(dict.fromkeys(names))


def _name(word: re.Match[str], question: str, text: str) -> str:
    """The word as a name is written; empty if it is none."""
    written = word[0]
    if written.lower() in _DAYS or written.isdigit() or not content_terms(written):
        return ""
    if word.start() and written[0].isupper() and not question.isupper():
        return written
    capital, small = written[0].upper() + written[1:].lower(), written.lower()
    # At the beginning of a sentence any word has a capital.
    names = re.findall(
        rf"(?<=[\w,;:’'\"] ){re.escape(capital)}\b|\b{re.escape(capital)}(?= [A-Z])", text
    )
    words = re.findall(rf"\b{re.escape(small)}\b", text)
    return capital if names and MOSTLY * len(words) <= len(names) else ""


def _subject(last: Turn, article: Article | None) -> str:
    """What a turn was about: its main name and the newest ones, or else its article's title."""
    carried = last.subject.split(", ") if last.subject else []
    names = names_in(last.question, f"{article.title}\n{article.text}" if article else "")
    own = [name for name in names if name.lower() not in last.subject.lower()]
    subjects = [*carried[:1], *own][:MOST_NAMES] if own else carried
    return ", ".join(subjects) or (article.title if article else "")


def _is_new(question: str, known: str) -> bool:
    """Whether a question has a name of which nothing is known."""
    known = known.lower()
    return any(
        not any(word in known for word in name.lower().split()) for name in names_in(question)
    )
