"""Timelines: the opening sentence of each story on a subject, in the order of publication."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from retrieval.records import Answer, Quote, StoredPassage
from retrieval.search.candidates import fused_scores, is_heading
from retrieval.search.quotes import with_context, with_copies
from retrieval.search.records import SearchResult
from retrieval.storage import Catalog
from retrieval.text import segmentation
from retrieval.text.terms import content_terms

MOST = 10  # quotes
FEWEST = 2  # quotes; a single one is no timeline
STORIES_READ = 40  # stories, best first, that are checked for the subject
OPENING = 2_000  # characters of an article in which its first sentence lies

ABOUT_IT = 0.7
"""The least share of the subject's words in the title and opening of an article about it."""

_ASKS = re.compile(
    r"(?i)(?:what(?:['’]s| has| have| is| was)? (?:ever )?"
    r"(?:happened|happening|became|become|going on)"
    r" (?:with|to|of|at|in|on|about|around|between|after|since)\b"
    r"|(?:give|show|tell) (?:me |us )?(?:a |the )?(?:timeline|chronology)(?: of| for| on)?\b"
    r"|(?:a |the )?(?:timeline|chronology) (?:of|for|on)\b"
    r"|how (?:did|has|have) (?=.+ (?:develop|developed|unfold|unfolded|evolve|evolved|go on)\b)"
    r"|what (?:were|are) the (?:events|developments|stages|steps) (?:of|in|around|leading)\b)"
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

    No single sentence answers such a question, so the reader's confidence says nothing.
    """
    question = result.query.text
    if not asks(question) or not result.candidates:
        return False
    best = result.candidates[0].stored
    return _subject(question) <= content_terms(f"{best.article.title} {best.text}")


def with_timeline(
    catalog: Catalog, answer: Answer, result: SearchResult, allowed: Collection[int] | None
) -> Answer:
    """The answer with its timeline, if the question asks for one."""
    if not answer.quotes or not asks(result.query.text):
        return answer
    subject = _subject(result.query.text)
    ids = list(fused_scores(result.hits))
    stories = catalog.stories(ids)
    best_of_story = {stories.get(id, -id): id for id in reversed(ids)}
    read = [id for id in ids if best_of_story[stories.get(id, -id)] == id][:STORIES_READ]
    openings: dict[str, Quote] = {}
    for passage in catalog.passages(read):
        opening = _opening(passage)
        if opening and len(subject & _opening_terms(opening)) >= ABOUT_IT * len(subject):
            quote = with_copies(catalog, opening, stories.get(passage.id), allowed)
            openings.setdefault(quote.text, quote)
    dated = [quote for quote in openings.values() if quote.article.published][:MOST]
    if len(dated) < FEWEST:
        return answer
    dated.sort(key=lambda quote: quote.article.published_key)
    return replace(answer, timeline=tuple(dated))


def _opening(passage: StoredPassage) -> Quote | None:
    """The first sentence of a passage's article that is no heading, with the context it needs."""
    article, library = passage.article, passage.library
    text = article.text
    for number, paragraph in enumerate(segmentation.paragraphs(text[:OPENING]), start=1):
        sentences = segmentation.sentences(text, paragraph)
        for place, (start, end) in enumerate(sentences):
            if not is_heading(text[start:end]):
                span = with_context(text, sentences, place)
                return Quote(text[slice(*span)], article, number, *span, 0.0, library=library)
    return None


def _opening_terms(opening: Quote) -> frozenset[str]:
    """The terms of an article's title and of its opening paragraph."""
    paragraph = opening.article.text[opening.start :].partition("\n\n")[0]
    return content_terms(f"{opening.article.title} {paragraph}")


def _subject(question: str) -> frozenset[str]:
    return content_terms(question) - _FRAME
