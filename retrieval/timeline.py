"""What happened with something, told by dated quotes in the order of publication: one a story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from retrieval.indexed import Hit
from retrieval.records import Quote
from retrieval.scoring import Scored
from retrieval.tellings import published_key
from retrieval.words import content_terms

MOST = 10
"""Quotes of a timeline."""

FEWEST = 2
"""Quotes without which there is no timeline: one by itself is an answer like any other."""

PASSAGES_A_STORY = 3
"""Passages of each story that are looked at, so that a long article leaves room for others."""

LEAD, NAMES_IT = 0.2, 0.2
"""What the first sentence of an article gains, where news says what happened, and what one gains
that has all the words for what is asked about."""

SPEAKS_OF_IT = 0.7
"""The share of what is asked about that an article's title and paragraph have, at the least."""

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
    return _ASKS.match(question) is not None and bool(_topic(question))


def widened(hits: Iterable[Hit], stories: Mapping[int, int]) -> list[Hit]:
    """The best hits of each story, so that many stories are looked at and none in full.

    `stories` has the number of the story of a hit's article by the passage's id; a passage without
    one is by itself.
    """
    left: dict[int, int] = {}
    found = []
    for hit in sorted(hits, key=lambda hit: (-hit.cosine - hit.bm25, hit.passage_id)):
        story = stories.get(hit.passage_id, -hit.passage_id)
        left[story] = left.get(story, PASSAGES_A_STORY) - 1
        if left[story] >= 0:
            found.append(hit)
    return found


def events(question: str, scored: Sequence[Scored], stories: Mapping[int, int]) -> list[Scored]:
    """The best dated sentence of each story that speaks of what is asked about, best first."""
    topic = _topic(question)
    found: dict[object, Scored] = {}
    for one in sorted(scored, key=lambda one: -_score(one, topic)):
        kept = one.ranked.kept
        story = stories.get(kept.id, kept.ref)
        if story in found or kept.article.published is None:
            continue
        if len(topic & _around(one)) >= SPEAKS_OF_IT * len(topic):
            found[story] = one
    return list(found.values())


def is_told(question: str, scored: Sequence[Scored]) -> bool:
    """Whether the best sentence is one of all that a question asks the story of.

    No sentence alone answers that, so that no confidence in one can tell.
    """
    return asks(question) and bool(scored) and _topic(question) <= _around(scored[0])


def _around(one: Scored) -> frozenset[str]:
    """The terms of a sentence's title and paragraph."""
    kept = one.ranked.kept
    passage = kept.article.text[kept.passage.start : kept.passage.end]
    return content_terms(f"{kept.article.title} {passage}")


def _score(one: Scored, topic: frozenset[str]) -> float:
    passage = one.ranked.kept.passage
    leads = passage.paragraph == 1 and one.place == 0
    told = content_terms(one.ranked.kept.article.text[one.sentence.start : one.sentence.end])
    return one.score + LEAD * leads + NAMES_IT * len(topic & told) / len(topic)


def in_order(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """Quotes in the order in which their articles were published; none where they are too few."""
    dated = [quote for quote in quotes if quote.article.published]
    dated.sort(key=lambda quote: published_key(quote.article))
    return tuple(dated) if len(dated) >= FEWEST else ()


def _topic(question: str) -> frozenset[str]:
    return content_terms(question) - _FRAME
