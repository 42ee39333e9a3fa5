"""What happened with something: the opening sentence of each story, in the order of publication."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.records import Answer, Quote, StoredPassage
from retrieval.search import candidates, headings, quotes
from retrieval.storage import Catalog
from retrieval.text import segmentation
from retrieval.text.context import with_context
from retrieval.text.terms import content_terms

if TYPE_CHECKING:
    from retrieval.search.pipeline import SearchResult

MOST = 10  # quotes
FEWEST = 2  # quotes; one alone is an answer like any other

STORIES_READ = 40
"""The most stories, best first, of which one is read to see whether it is about the subject."""

OPENING = 2_000  # characters

ABOUT_IT = 0.7
"""The share of the subject's words that an article about it has in its title and opening."""

_ASKS = re.compile(
    r"(?:what(?:['’]s| has| have| is| was)? (?:ever )?(?:happened|happening|became|become|going on)"
    r" (?:with|to|of|at|in|on|about|around|between|after|since)\b"
    r"|(?:give|show|tell) (?:me |us )?(?:a |the )?(?:timeline|chronology)(?: of| for| on)?\b"
    r"|(?:a |the )?(?:timeline|chronology) (?:of|for|on)\b"
    r"|how (?:did|has|have) (?=.+ (?:develop|developed|unfold|unfolded|evolve|evolved|go on)\b)"
    r"|what (?:were|are) the (?:events|developments|stages|steps) (?:of|in|around|leading)\b)",
    re.IGNORECASE,
)
_FRAME = content_terms(
    "happened happening became become going on timeline chronology give show tell develop developed"
    " unfold unfolded evolve evolved go events developments stages steps leading so far ever since"
    " story case affair matter"
)


def asks(question: str) -> bool:
    """Whether a question asks how something went on, and names what."""
    return _ASKS.match(question) is not None and bool(_subject(question))


def is_about_subject(result: SearchResult) -> bool:
    """Whether the question asks for a timeline and the best passage is about its subject.

    No sentence alone answers such a question, so the reader's confidence says nothing.
    """
    question = result.query.text
    if not asks(question) or not result.candidates:
        return False
    best = result.candidates[0]
    around = best.stored.article.text[best.stored.passage.start : best.stored.passage.end]
    return _subject(question) <= content_terms(f"{best.stored.article.title} {around}")


def with_timeline(
    catalog: Catalog, answer: Answer, result: SearchResult, within: Collection[int] | None
) -> Answer:
    """The answer with its timeline, if the question asks for one."""
    if not answer.quotes or not asks(result.query.text):
        return answer
    subject = _subject(result.query.text)
    ids = list(candidates.fused_scores(result.hits))
    stories = catalog.stories(ids)
    best_of_story = {stories.get(id, -id): id for id in reversed(ids)}
    read = [id for id in ids if best_of_story[stories.get(id, -id)] == id][:STORIES_READ]
    openings: dict[str, Quote] = {}
    for passage in catalog.passages(read):
        opening = _opening(passage)
        if opening and len(subject & _terms(opening)) >= ABOUT_IT * len(subject):
            quote = quotes.with_copies(catalog, opening, stories.get(passage.id), within)
            openings.setdefault(quote.text, quote)
    dated = [quote for quote in openings.values() if quote.article.published][:MOST]
    if len(dated) < FEWEST:
        return answer
    return replace(
        answer, timeline=tuple(sorted(dated, key=lambda quote: quote.article.published_key))
    )


def _opening(passage: StoredPassage) -> Quote | None:
    """The first sentence of a passage's article that is no heading, with the context it needs."""
    text = passage.article.text
    for number, paragraph in enumerate(segmentation.paragraphs(text[:OPENING]), start=1):
        sentences = segmentation.sentences(text, paragraph)
        for place, (start, end) in enumerate(sentences):
            if not headings.is_heading(text[start:end]):
                span = with_context(text, sentences, place)
                return Quote(
                    text[slice(*span)], passage.article, number, *span, 0.0, library=passage.library
                )
    return None


def _terms(opening: Quote) -> frozenset[str]:
    """The terms of an article's title and its opening paragraph."""
    article = opening.article
    paragraph = article.text[opening.start :].partition("\n\n")[0]
    return content_terms(f"{article.title} {paragraph}")


def _subject(question: str) -> frozenset[str]:
    return content_terms(question) - _FRAME
