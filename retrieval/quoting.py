"""Sentences that may answer become quotes, none of which repeats another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval import wording
from retrieval.indexed import Sentence
from retrieval.leaning import closes_more, opens_more, refers_back
from retrieval.particulars import PROSE_READ, tells_anew
from retrieval.records import Article, Quote, Span
from retrieval.replies import with_reply
from retrieval.runs import Run, by_worth
from retrieval.scoring import Scored
from retrieval.scripts import spaced, words_counted
from retrieval.tellings import published_key
from retrieval.words import shared_words

LONGEST_JOINED = 80
"""Words up to which neighbouring sentences are joined into one quote."""

REPEATS = 0.8
"""Two quotes that share this much of their words tell the reader the same, unless the second has
another number, date or name."""

REPEATS_IN_STORY = 0.5
"""The same for two articles of one story, where a sentence that shares half of its words with
another is the same one, edited."""

HOLDS_IN_STORY = 0.8
"""Nor is a sentence shown again that a longer quote of the story holds, this much of its words."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A quote of an answer, and the number of the story that its article tells."""

    quote: Quote
    story: int | None


def chosen(
    question: str, scored: Sequence[Scored], limit: int, stories: Mapping[int, int]
) -> list[Chosen]:
    """The best sentences as quotes, with their neighbours where these may answer, too.

    None repeats another. `stories` has the number of the story that a passage's article tells, by
    the passage's id.
    """
    found: list[Chosen] = []
    for run in by_worth(scored):
        if len(found) == limit:
            break
        quote = Chosen(_quote(question, run), stories.get(run.best.ranked.kept.id))
        if not any(_repeats(quote, other) for other in found):
            found.append(quote)
    return found


def with_copies(question: str, quote: Quote, story: Sequence[Article]) -> Quote:
    """The quote as the first article of its story has it, and the others that have it too.

    The first is the one published earliest, so far as dates are known, of those that say the same
    word for word; else the one that was ranked best.
    """
    span = Span(quote.start, quote.end)
    places = {quote.article: span}
    for other in story:
        if other.id != quote.article.id:
            place = wording.place(quote.article.text, span, other.text)
            if place:
                places[other] = place.span
    first = min(places, key=published_key)
    if first != quote.article:
        there = wording.quoted(first, places[first], quote.library)
        quote = replace(there, score=quote.score, marks=shared_words(question, there.text))
    return replace(quote, also_in=tuple(one for one in places if one != first))


def _quote(question: str, run: Run) -> Quote:
    kept = run.best.ranked.kept
    told = _with_neighbours(kept.article.text, kept.passage.sentences, run.places)
    start, end = with_reply(kept.article.text, told)
    text = kept.article.text[start:end]
    marks = shared_words(question, text)
    return Quote(
        text,
        kept.article,
        kept.passage.paragraph,
        start,
        end,
        run.probability,
        marks,
        library=kept.library,
    )


def _with_neighbours(text: str, sentences: Sequence[Sentence], places: Span) -> Span:
    """Join sentences with those without which they cannot be understood.

    A quotation that began before or ends after them is made whole, and a sentence that begins with
    a pronoun brings the one before, as long as the whole does not grow past `LONGEST_JOINED`.
    """
    first, last = places
    for wider in _wider(text, sentences, places):
        span = Span(sentences[wider.start].start, sentences[wider.end].end)
        if words_counted(text[span.start : span.end]) > LONGEST_JOINED:
            break
        first, last = wider
    return Span(sentences[first].start, sentences[last].end)


def _wider(text: str, sentences: Sequence[Sentence], places: Span) -> Iterator[Span]:
    """Ever wider runs of sentences, as places of the first and last, that belong together."""
    first, last = places
    while True:
        joined = text[sentences[first].start : sentences[last].end]
        if closes_more(joined) and first > 0:
            first -= 1
        elif opens_more(joined) and last + 1 < len(sentences):
            last += 1
        elif refers_back(joined) and first > 0 and first == places.start:
            first -= 1
        else:
            return
        yield Span(first, last)


def _repeats(one: Chosen, another: Chosen) -> bool:
    quote, other = one.quote, another.quote
    # Two libraries may hold one text.
    same_text = quote.article.text == other.article.text
    if same_text and quote.start < other.end and other.start < quote.end:
        return True
    words, others = (set(spaced(q.text).lower().split()) for q in (quote, other))
    shared = len(words & others)
    enough = REPEATS * len(words | others)
    if not same_text and one.story is not None and one.story == another.story:
        held = HOLDS_IN_STORY * min(len(words), len(others))
        enough = min(REPEATS_IN_STORY * len(words | others), held)
    prose = quote.article.text[:PROSE_READ]
    return shared >= enough and not tells_anew(quote.text, other.text, prose)
