"""A question and its ranked passages become quotes, and a confidence that the best one answers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from retrieval import headings, wording
from retrieval.languages import latin_language
from retrieval.leaning import closes_more, opens_more, refers_back
from retrieval.particulars import tells_anew
from retrieval.ranking import RankedPassage
from retrieval.records import Article, Quote, Sentence, Span
from retrieval.scripts import spaced, words_counted
from retrieval.words import WORD, content_terms, shared_words

LONGEST_JOINED = 80
"""Words up to which neighbouring sentences are joined into one quote."""

ASKS_ITSELF = 0.1
"""What a sentence loses for being a question: it repeats what is asked and seldom answers it."""

NAMES_NOBODY = 0.05
"""What a sentence loses, where the question asks who or where, for naming nobody and nothing that
the question does not name itself."""

REPEATS = 0.8
"""Two quotes that share this much of their words tell the reader the same, unless the second has
another number, date or name."""

REPEATS_IN_STORY = 0.5
"""The same for two articles of one story, where a sentence that shares half of its words with
another is the same one, edited."""

HOLDS_IN_STORY = 0.8
"""Nor is a sentence shown again that a longer quote of the story holds, this much of its words."""

PROSE_READ = 20_000
"""Characters of an article that tell whether a word at the beginning of a sentence is a name."""

ASKS_FOR_A_NAME = re.compile(r"\b(?:who|whom|whose|where)\b", re.IGNORECASE)
NAME = re.compile(r"\b[A-Z]\w+")
QUESTION_END = re.compile(r"[?？؟][\"”’»)\s]*\Z")


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence that may answer, with its score and its MaxSim alone."""

    score: float
    maxsim: float
    place: int
    ranked: RankedPassage

    @property
    def sentence(self) -> Sentence:
        return self.ranked.kept.passage.sentences[self.place]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best quote, each about 0 to 1.

    `maxsim` is how well its tokens match the question's, `cosine` how near its passage's vector
    lies, and `covered` the share of the question's content, weighted by how rare its terms are,
    that its passage has, the article's title and source included.
    """

    maxsim: float
    cosine: float
    covered: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """A quote of an answer, and the number of the story that its article tells."""

    quote: Quote
    story: int | None


def scored_sentences(question: str, ranked: Sequence[RankedPassage]) -> list[Scored]:
    """All sentences of the passages, best first: late interaction plus their passage's lead."""
    asks_for_a_name = ASKS_FOR_A_NAME.search(question)
    asked = frozenset(word.lower() for word in WORD.findall(question))
    scored = []
    for one in ranked:
        lead = one.lead
        text = one.kept.article.text
        for place, sentence in enumerate(one.kept.passage.sentences):
            if sentence.last_token == sentence.first_token:
                continue
            if headings.says_nothing(text, one.kept.passage, sentence):
                continue
            own = one.maxsim(sentence.first_token, sentence.last_token)
            told = text[sentence.start : sentence.end]
            score = own + lead
            if QUESTION_END.search(told):
                score -= ASKS_ITSELF
            if asks_for_a_name and not _names_anew(told, asked):
                score -= NAMES_NOBODY
            scored.append(Scored(score, own, place, one))
    return sorted(scored, key=lambda s: (-s.score, s.ranked.kept.id, s.place))


def _names_anew(sentence: str, asked: frozenset[str]) -> bool:
    """Whether a sentence has a capitalised content word that the question does not have."""
    return any(name.lower() not in asked and content_terms(name) for name in NAME.findall(sentence))


def chosen(
    question: str, scored: Sequence[Scored], limit: int, stories: Mapping[int, int]
) -> list[Chosen]:
    """The best sentences as quotes, none of which repeats another.

    `stories` has the number of the story that a passage's article tells, by the passage's id.
    """
    found: list[Chosen] = []
    for one in scored:
        if len(found) == limit:
            break
        quote = Chosen(_quote(question, one), stories.get(one.ranked.kept.id))
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
    first = min(places, key=lambda article: _published(article.published))
    if first != quote.article:
        there = wording.quoted(first, places[first])
        quote = replace(there, score=quote.score, marks=shared_words(question, there.text))
    return replace(quote, also_in=tuple(one for one in places if one != first))


def evidence(question: str, best: Scored, rarity: Mapping[str, float]) -> Evidence:
    """How well the best sentence fits the question; `rarity` has a weight for each of its terms."""
    kept = best.ranked.kept
    article = kept.article
    told = (article.title, article.source, article.author, article.published)
    passage = article.text[kept.passage.start : kept.passage.end]
    words = " ".join((*(str(one) for one in told if one), passage))
    there = content_terms(words, latin_language(article.text))
    total = sum(rarity.values())
    met = sum(weight for term, weight in rarity.items() if term in there)
    return Evidence(best.maxsim, best.ranked.cosine, met / total if total else 0.0)


def confidence(found: Evidence) -> float:
    """The probability that the quote answers.

    A logistic model, fitted to the evaluation sets: their own questions against those of other
    sets and those that their articles leave open.
    """
    score = 8.03 * found.maxsim + 5.88 * found.cosine + 1.26 * found.covered - 6.77
    return 1 / (1 + math.exp(-score))


def _quote(question: str, one: Scored) -> Quote:
    kept = one.ranked.kept
    start, end = _with_neighbours(kept.article.text, kept.passage.sentences, one.place)
    text = kept.article.text[start:end]
    marks = shared_words(question, text)
    return Quote(text, kept.article, kept.passage.paragraph, start, end, one.score, marks)


def _with_neighbours(text: str, sentences: Sequence[Sentence], place: int) -> Span:
    """Join a sentence with those without which it cannot be understood.

    A quotation that began before or ends after it is made whole, and a sentence that begins with
    a pronoun brings the one before, as long as the whole does not grow past `LONGEST_JOINED`.
    """
    first = last = place
    for wider in _wider(text, sentences, place):
        span = Span(sentences[wider.start].start, sentences[wider.end].end)
        if words_counted(text[span.start : span.end]) > LONGEST_JOINED:
            break
        first, last = wider
    return Span(sentences[first].start, sentences[last].end)


def _wider(text: str, sentences: Sequence[Sentence], place: int) -> Iterator[Span]:
    """Ever wider runs of sentences, as places of the first and last, that belong together."""
    first = last = place
    while True:
        joined = text[sentences[first].start : sentences[last].end]
        if closes_more(joined) and first > 0:
            first -= 1
        elif opens_more(joined) and last + 1 < len(sentences):
            last += 1
        elif refers_back(joined) and first > 0 and first == place:
            first -= 1
        else:
            return
        yield Span(first, last)


def _repeats(one: Chosen, another: Chosen) -> bool:
    quote, other = one.quote, another.quote
    same_article = quote.article.id == other.article.id
    if same_article and quote.start < other.end and other.start < quote.end:
        return True
    words, others = (set(spaced(q.text).lower().split()) for q in (quote, other))
    shared = len(words & others)
    enough = REPEATS * len(words | others)
    if not same_article and one.story is not None and one.story == another.story:
        held = HOLDS_IN_STORY * min(len(words), len(others))
        enough = min(REPEATS_IN_STORY * len(words | others), held)
    prose = quote.article.text[:PROSE_READ]
    return shared >= enough and not tells_anew(quote.text, other.text, prose)


def _published(when: date | None) -> tuple[str, bool, str]:
    """Earlier articles before later ones; on one day, those that tell the hour before the others.

    Times without a zone are taken for UTC, and articles without a date come last.
    """
    if when is None:
        return "9999-12-31", True, ""
    if not isinstance(when, datetime):
        return when.isoformat(), True, ""
    when = when.astimezone(UTC) if when.tzinfo else when
    return when.date().isoformat(), False, when.time().isoformat()
