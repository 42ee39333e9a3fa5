"""Corroboration: publishers that report the same as the best quote, and other numbers or dates.

The words that answer, according to the reader, are compared between articles in English. A false
agreement or a false difference is worse than none, so any sign against it decides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import Any

from retrieval.records import Agreement, Answer, Article, Difference, Quote, Span
from retrieval.search.candidates import Candidate
from retrieval.search.quotes import quote_of, same_place
from retrieval.storage import Catalog
from retrieval.text import segmentation
from retrieval.text.languages import ENGLISH, latin_language
from retrieval.text.near_duplicates import Kind, Token, tokens
from retrieval.text.quantities import DATE, WORD, Value, meet, values
from retrieval.text.terms import kinds_of

COMPARED = 20  # sentences
MOST_DIFFERENCES = 3

AGREED = 0.5  # least share of the terms of the shorter of two answers that both have
SHARED = 0.4  # least share of the terms of the shorter of two sentences that both have
COPIED = 0.6  # least share of its runs of three words that a copied sentence has from another

EVENT_DAYS = 45  # most days between two dates of one event, or between two articles on it
OPENING = 600  # characters of an article in which news names its subject
FEWEST_NAMES = 2  # names that two openings share, if the sentences share none

# -- words and what they say

_COUNTED_ONCE = kinds_of(
    "dead hurt missing evacuated rescued arrested detained charged cost costs paid sold bought"
    " fined sentenced aboard homeless collapsed stolen fled trapped stranded drowned cancelled"
    " damaged destroyed infected attended signed voted crashed sank demolished recalled dismissed"
)
"""Beside one of these words, a number counts something that happened once."""

_ONLY_ONCE = kinds_of("built born died founded established invented discovered completed")
_ON_SAME_DAY = _ONLY_ONCE | kinds_of(
    "opened reopens closed begins began started ended launched held election vote sank crashed"
    " collapsed resigned married elected arrested released wedding funeral trial hearing signed"
    " demolished breached burned moved left sails due effect"
)
"""Words for what happens once ever, and once within `EVENT_DAYS`."""

_AGAIN = kinds_of(
    "day daily week weekly month monthly quarter quarterly season game match today traded trading"
    " index share shares barrel ounce price prices average record usual each every per ticket"
)
"""Words for what may have another number the next day."""

_HEDGES = frozenset(
    "if not no never nobody none without denied denies expected expects forecast could may might"
    " would feared initially earlier previously originally plan plans planned target aims hopes"
    " hoped should cannot don doesn didn isn wasn aren weren hasn haven hadn won".split()
)
"""Words of denial, doubt and intention."""

_WEEKDAYS = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


def _terms(text: str) -> frozenset[str]:
    """The content terms and the numbers of a text; all words for death are one term."""
    words = [token.text for token in tokens(text) if token.kind is not Kind.NUMBER]
    return _numbers(text).union(*map(kinds_of, words))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens(text) if token.kind is Kind.NUMBER)


def _names(text: str) -> frozenset[str]:
    """The names in a text; a word that opens a sentence is a name if another name follows."""
    pairs = pairwise([*tokens(text), Token("", Kind.WORD)])
    return frozenset(
        token.text
        for token, then in pairs
        if token.kind is Kind.NAME or (token.kind is Kind.OPENING and then.kind is Kind.NAME)
    )


def _overlap(some: frozenset[Any], others: frozenset[Any], least: float) -> bool:
    """Whether two sets share at least this share of the smaller one, and something at all."""
    return len(some & others) >= max(1.0, least * min(len(some), len(others)))


# -- claims


@dataclass(frozen=True)
class Claim:
    """A sentence that may answer, with the span of its words that do, and its article's story."""

    quote: Quote
    answer: Span
    story: int | None

    @property
    def article(self) -> Article:
        return self.quote.article

    @property
    def answering(self) -> str:
        return self.quote.text[slice(*self.answer)]

    @property
    def about(self) -> str:
        """The title and the opening of its article, which name its subject."""
        return f"{self.article.title}. {self.article.text[:OPENING]}"

    @cached_property
    def words(self) -> list[str]:
        return WORD.findall(self.quote.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return _terms(self.quote.text)

    @cached_property
    def values(self) -> tuple[list[Value], list[Value]]:
        return values(self.quote.text)

    @cached_property
    def hedges(self) -> frozenset[str]:
        """Its words of denial, doubt and intention; "May" is a month."""
        return _HEDGES.intersection(word if word == "May" else word.lower() for word in self.words)


def compared(
    catalog: Catalog, answer: Answer, question: str, likely: Sequence[Candidate], limit: int
) -> Answer:
    """The answer with the publishers that report the same, and with what differs from it.

    `likely` are the candidates, best first, that would be answers by themselves. One that differs
    from a quote is placed beside it, the newest first, among at most `limit` quotes.
    """
    if not answer.quotes:
        return answer
    claims = _claims(catalog, likely[:COMPARED])
    pairs = _pairs(question, answer.quotes, claims)[:MOST_DIFFERENCES]
    quotes = tuple(_side_by_side(answer.quotes, pairs))[:limit]
    best = _shown(quotes[0], claims)
    independent, copied = _publishers(question, best, claims) if best else ((), ())
    agreement = Agreement(independent, copied, tuple(difference for *_, difference in pairs))
    if agreement == Agreement():
        return answer
    return replace(answer, quotes=quotes, agreement=agreement)


def _claims(catalog: Catalog, likely: Sequence[Candidate]) -> list[Claim]:
    stories = catalog.stories([candidate.stored.id for candidate in likely])
    claims = []
    for candidate in likely:
        if candidate.answer:
            answer = candidate.answer.shifted(-candidate.span.start)
            quote, story = quote_of(candidate, candidate.span), stories.get(candidate.stored.id)
            claims.append(Claim(quote, answer, story))
    return claims


def _shown(quote: Quote, claims: Sequence[Claim]) -> Claim | None:
    """The claim in a quote, in the article that the quote is taken from."""
    texts = {article.text for article in (quote.article, *quote.also_in)}
    for claim in claims:
        if claim.article.text in texts and (at := quote.text.find(claim.quote.text)) >= 0:
            start, text = quote.start + at, claim.quote.text
            moved = replace(quote, text=text, start=start, end=start + len(text), answer=None)
            return replace(claim, quote=moved)
    return None


# -- publishers that report the same


def _publishers(
    question: str, best: Claim, claims: Sequence[Claim]
) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """A sentence of each publisher that reports the same; none if the best quote's is unknown."""
    own, reported = best.article.publisher, [best]
    independent, copied = dict[str, Quote](), dict[str, Quote]()
    for claim in (*_copies(best), *(claim for claim in claims if says_so(question, best, claim))):
        publisher = claim.article.publisher
        if not own or not publisher or publisher in (own, *independent, *copied):
            continue
        if any(_is_copy(claim, before) for before in reported):
            copied[publisher] = claim.quote
        else:
            independent[publisher] = claim.quote
            reported.append(claim)
    return tuple(independent.values()), tuple(copied.values())


def _copies(claim: Claim) -> Iterator[Claim]:
    """The claim as the other articles of its story have it, word for word."""
    quote = claim.quote
    for article in quote.also_in:
        place = segmentation.place(quote.article.text, Span(quote.start, quote.end), article.text)
        if place:
            yield replace(claim, quote=segmentation.quoted(article, place, quote.library))


def says_so(question: str, best: Claim, other: Claim) -> bool:
    """Whether a claim gives the same answer to the question."""
    answers = [_terms(claim.answering) for claim in (best, other)]
    here, elsewhere = (terms - _terms(question) or terms for terms in answers)
    numbers, others = (_numbers(claim.answering) for claim in (best, other))
    return (
        _overlap(here, elsewhere, AGREED)
        and (not (numbers or others) or not numbers.isdisjoint(others))
        and _same_subject(question, best, other)
        and _same_time(best, other)
        and _same_amounts(best, other)
    )


def _is_copy(claim: Claim, other: Claim) -> bool:
    """Whether a claim is copied from another, or names its publisher as its source."""
    runs, other_runs = (
        frozenset(zip(words, words[1:], words[2:], strict=False))
        for words in ([word.casefold() for word in claim.words] for claim in (claim, other))
    )
    is_same_story = claim.story is not None and claim.story == other.story
    return is_same_story or _overlap(runs, other_runs, COPIED) or _cites(claim, other)


def _cites(claim: Claim, other: Claim) -> bool:
    """Whether one of two claims names the publisher of the other."""
    return any(
        re.search(rf"\b{re.escape(source.article.publisher)}\b", here.quote.text, re.IGNORECASE)
        for here, source in ((claim, other), (other, claim))
        if source.article.publisher
    )


# -- differences


def _pairs(
    question: str, quotes: Sequence[Quote], claims: Sequence[Claim]
) -> list[tuple[Claim, Claim, Difference]]:
    """The claims that differ from those in the quotes, each pair of values once."""
    pairs: dict[frozenset[str], tuple[Claim, Claim, Difference]] = {}
    for claim in filter(None, [_shown(quote, claims) for quote in quotes]):
        for other in claims:
            if differing := difference(question, claim, other):
                texts = frozenset((differing.quote.text, differing.other.text))
                pairs.setdefault(texts, (claim, other, differing))
    return list(pairs.values())


def difference(question: str, claim: Claim, other: Claim) -> Difference | None:
    """The numbers or dates that two stories give for one event; if both differ, it is another."""
    same_story = claim.article.text == other.article.text or claim.story == other.story is not None
    if same_story or not _same_subject(question, claim, other):
        return None
    answers = [_answering_values(claim) for claim in (claim, other)]
    if [len(values) for values in answers] != [1, 1]:
        return None
    (mine,), (its,) = answers
    same_event = _same_amounts if mine.unit == DATE else _same_time
    happens_once = _happens_once if mine.unit == DATE else _counted_once
    if (
        mine.allows(its)
        or not same_event(claim, other)
        or not happens_once(claim, other, mine, its)
    ):
        return None
    return Difference(*_newest_first([_value_quote(claim, mine), _value_quote(other, its)]))


def _answering_values(claim: Claim) -> list[Value]:
    """The numbers in the words that answer, or else the dates."""
    amounts, days = (
        [value for value in values if value.span.overlaps(claim.answer)] for values in claim.values
    )
    return amounts or days


def _counted_once(claim: Claim, other: Claim, mine: Value, its: Value) -> bool:
    """Whether two numbers are counted once in one event, unlike prices and scores."""
    return (
        _days_apart(claim, other) <= EVENT_DAYS
        and not _COUNTED_ONCE.isdisjoint(mine.near & its.near)
        and _AGAIN.isdisjoint(kinds_of(f"{claim.quote.text} {other.quote.text}"))
    )


def _happens_once(claim: Claim, other: Claim, mine: Value, its: Value) -> bool:
    """Whether two dates are of something that happens once, as far as they are known."""
    event = mine.near & its.near
    if not meet(mine.ranges[0], its.ranges[0]):
        return not _ONLY_ONCE.isdisjoint(event)
    return _days_apart(claim, other) <= EVENT_DAYS and not _ON_SAME_DAY.isdisjoint(event)


def _days_apart(claim: Claim, other: Claim) -> float:
    when, then = claim.article.published, other.article.published
    return abs(when.toordinal() - then.toordinal()) if when and then else inf


def _value_quote(claim: Claim, value: Value) -> Quote:
    """The words of a number or a date as a quote."""
    quote, (start, end) = claim.quote, value.span
    text, start, end = quote.text[start:end], quote.start + start, quote.start + end
    return replace(quote, text=text, start=start, end=end, answer=None, also_in=())


# -- signs that two claims are about the same thing


def _same_subject(question: str, claim: Claim, other: Claim) -> bool:
    """Whether two claims of different articles are about the same thing, in whatever numbers."""
    both = (claim, other)
    if claim.hedges != other.hedges or not _overlap(claim.terms, other.terms, SHARED):
        return False
    for here in both:
        if "?" in here.quote.text or latin_language(here.article.text) != ENGLISH:
            return False
        subject = f"{here.quote.text} {here.about}".casefold()
        if any(name not in subject for name in _names(question)):
            return False
    named = [_names(here.quote.text) for here in both]
    common = named[0] & named[1]
    if not common and len(_names(claim.about) & _names(other.about)) < FEWEST_NAMES:
        return False
    texts = [f"{here.article.title} {here.article.text}".casefold() for here in reversed(both)]
    return any(
        all(name in text for name in names - common)
        for names, text in zip(named, texts, strict=True)
    )


def _same_time(claim: Claim, other: Claim) -> bool:
    """Whether the dates and weekdays of two claims, if both have some, have one in common."""
    (_, dates), (_, others) = claim.values, other.values
    days = [_WEEKDAYS.intersection(claim.words) for claim in (claim, other)]
    return (not all(days) or bool(days[0] & days[1])) and (
        not (dates and others) or any(mine.allows(its) for mine in dates for its in others)
    )


def _same_amounts(claim: Claim, other: Claim) -> bool:
    """Whether no numbers of two claims that may count the same thing conflict."""
    (amounts, _), (others, _) = claim.values, other.values
    return all(
        mine.allows(its) or mine.near.isdisjoint(its.near) for mine in amounts for its in others
    )


# -- the order of quotes


def _newest_first(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes by the date of their articles, newest first; those without a date last."""
    return sorted(
        quotes,
        key=lambda quote: (quote.article.published is not None, quote.article.published_key),
        reverse=True,
    )


def _side_by_side(
    quotes: Sequence[Quote], pairs: Sequence[tuple[Claim, Claim, Difference]]
) -> list[Quote]:
    """The quotes, each beside those that differ from it, the newest first."""
    ordered: list[Quote] = []
    for quote in quotes:
        beside = [other.quote for claim, other, _ in pairs if same_place(claim.quote, quote)]
        for neighbour in _newest_first([quote, *beside]):
            shown = next((q for q in quotes if same_place(q, neighbour)), neighbour)
            if shown not in ordered:
                ordered.append(shown)
    return ordered
