"""Which publishers report what the best quote says, and which give another number or date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from retrieval import wording
from retrieval.catalog import Catalog
from retrieval.records import Agreement, Answer, Difference, Quote, Span
from retrieval.search.candidates import Candidate
from retrieval.search.claims import Claim, claim_terms, days_apart, same_subject
from retrieval.search.quotes import sentence_quote, shares
from retrieval.text.particulars import Kind, tokens
from retrieval.text.quantities import Amount, Date, kind_of, kinds_of

if TYPE_CHECKING:
    from retrieval.search.pipeline import Found

NEAR = 9.0
"""How far below the best sentence's logarithm of odds one is compared that answers the same."""

COMPARED = 20  # sentences

MOST_DIFFERENCES = 3

AGREED = 0.5
"""The share of its terms that the shorter of two answers has in common with the other."""

COPIED = 0.6
"""The share of its runs of three words that a copied sentence has from another."""

ONE_EVENT = 45
"""The most days between the publication of two articles that report one event."""

_COUNTED_ONCE = kinds_of(
    "dead hurt missing evacuated rescued arrested detained charged cost costs paid sold bought"
    " fined sentenced aboard homeless collapsed stolen fled trapped stranded drowned cancelled"
    " damaged destroyed infected attended signed voted crashed sank"
    " demolished recalled dismissed laid"
)
"""What a number beside one of these counts is counted once. Prices, weather and scores are
reported in the same words again and again."""

_AGAIN = kinds_of(
    "day daily week weekly month monthly quarter quarterly season game match today traded trading"
    " index share shares barrel ounce price prices average record usual each every per ticket"
)
"""What is reported with one of these may have another number the next day."""

_IN_ONE_YEAR = kinds_of("built born died founded established invented discovered completed")
_ON_ONE_DAY = _IN_ONE_YEAR | kinds_of(
    "open opens opened reopen reopens reopened close closes closed begin begins began start starts"
    " started end ends ended launch launches launched held election vote sank sink sinks crashed"
    " crash collapsed collapse resign resigned resigns married elected arrested released wedding"
    " funeral trial hearing effect due signed demolished breached burned moved left sails"
)
"""What happens once within `ONE_EVENT`."""


Value = TypeVar("Value", Amount, Date)


@dataclass(frozen=True, slots=True)
class _Pair:
    one: Claim
    other: Claim
    difference: Difference


def compared(catalog: Catalog, answer: Answer, found: Found, limit: int) -> Answer:
    """The answer with the publishers that report the same, and with what differs from it.

    A sentence that differs from a quote stands beside it, the newest first, among at most `limit`
    quotes.
    """
    claims = _claims(catalog, found.candidates) if answer.quotes else []
    question = found.query.text
    shown = [one for quote in answer.quotes if (one := _shown(quote, claims))]
    pairs = list(islice(_pairs(question, shown, claims), MOST_DIFFERENCES))
    quotes = tuple(_side_by_side(answer.quotes, pairs))[:limit]
    agreement = Agreement(differences=tuple(pair.difference for pair in pairs))
    if best := next((one for quote in quotes[:1] if (one := _shown(quote, claims))), None):
        agreement = _with_publishers(agreement, question, best, claims)
    if agreement == Agreement():
        return answer
    return replace(answer, quotes=quotes, agreement=agreement)


def _claims(catalog: Catalog, candidates: Sequence[Candidate]) -> list[Claim]:
    """The sentences that the reader is nearly as sure of as of the best one, best first."""
    least = candidates[0].score - NEAR
    near = [one for one in candidates[:COMPARED] if one.score >= least]
    stories = catalog.stories([one.kept.id for one in near])
    return [
        Claim(
            sentence_quote(one, share),
            Span(one.answer.start - one.span.start, one.answer.end - one.span.start),
            stories.get(one.kept.id),
        )
        for one, share in zip(near, shares(candidates), strict=False)
        if one.answer
    ]


def _shown(quote: Quote, claims: Sequence[Claim]) -> Claim | None:
    """The claim of a quote, in the article of its story that the quote is taken from."""
    texts = {one.text for one in (quote.article, *quote.also_in)}
    for one in claims:
        if one.article.text in texts and (at := quote.text.find(one.quote.text)) >= 0:
            start = quote.start + at
            end = start + len(one.quote.text)
            moved = replace(one.quote, article=quote.article, start=start, end=end)
            return replace(one, quote=replace(moved, also_in=quote.also_in))
    return None


# -- who says the same


def _with_publishers(
    agreement: Agreement, question: str, best: Claim, claims: Sequence[Claim]
) -> Agreement:
    """The agreement with a sentence of each publisher that reports what the best quote says.

    If the publisher of that quote is not known, the first one that is counts as independent: one
    of both may have copied the other, but that publisher says so.
    """
    own = best.article.publisher
    reported, copied = [best], dict[str, Quote]()
    independent = dict[str, Quote]()
    copies = [replace(best, quote=quote) for quote in _copies(best.quote)]
    for one in (*copies, *(one for one in claims if says_so(question, best, one))):
        publisher = one.article.publisher
        if not publisher or publisher in (own, *independent, *copied):
            continue
        first = own is None and not independent
        if not first and any(_is_copy(one, before) for before in reported):
            copied[publisher] = one.quote
        else:
            independent[publisher] = one.quote
            reported.append(one)
    if len(independent) + len(copied) + (own is not None) < 2:
        return agreement
    return replace(
        agreement, independent=tuple(independent.values()), copied=tuple(copied.values())
    )


def _copies(quote: Quote) -> list[Quote]:
    """The quote as the other articles of its story have it, word for word."""
    span = Span(quote.start, quote.end)
    there = [(one, wording.place(quote.article.text, span, one.text)) for one in quote.also_in]
    return [wording.quoted(one, place.span, quote.library) for one, place in there if place]


def says_so(question: str, best: Claim, other: Claim) -> bool:
    """Whether a claim gives the same answer to the question."""
    here, there = (_answer_terms(question, one) for one in (best, other))
    numbers = [_numbers(one) for one in (best, other)]
    return (
        len(here & there) >= max(1.0, AGREED * min(len(here), len(there)))
        and (not any(numbers) or bool(numbers[0] & numbers[1]))
        and same_subject(question, best, other)
        and _same_time(best, other)
        and not _conflicts(best.amounts, other.amounts)
    )


def _answer_terms(question: str, claim: Claim) -> frozenset[str]:
    answer = claim_terms(claim.quote.text[slice(*claim.answer)])
    return answer - claim_terms(question) or answer


def _numbers(claim: Claim) -> frozenset[str]:
    """The numbers and the days in the words that answer."""
    answer = claim.quote.text[slice(*claim.answer)]
    return frozenset(one.text for one in tokens(answer) if one.kind is Kind.NUMBER)


def _is_copy(one: Claim, other: Claim) -> bool:
    """Whether a claim is copied from another, or names its publisher as its source."""
    if one.story is not None and one.story == other.story:
        return True
    some, others = (
        frozenset(zip(c.words, c.words[1:], c.words[2:], strict=False)) for c in (one, other)
    )
    if len(some & others) >= max(1.0, COPIED * min(len(some), len(others))):
        return True
    return _names_publisher(one, other) or _names_publisher(other, one)


def _names_publisher(one: Claim, other: Claim) -> bool:
    name = other.article.publisher
    return name is not None and bool(
        re.search(rf"\b{re.escape(name)}\b", one.quote.text, re.IGNORECASE)
    )


# -- who differs


def _pairs(question: str, shown: Sequence[Claim], claims: Sequence[Claim]) -> Iterator[_Pair]:
    """The claims that differ from those shown, each two values once."""
    seen = set[frozenset[str]]()
    for one in shown:
        texts = {one.article.text, *(other.text for other in one.quote.also_in)}
        for other in claims:
            if other.article.text in texts:
                continue
            for difference in differences(question, one, other):
                values = frozenset((difference.one.text, difference.other.text))
                if values not in seen:
                    seen.add(values)
                    yield _Pair(one, other, difference)


def differences(question: str, one: Claim, other: Claim) -> list[Difference]:
    """Where the answers of two claims on one subject differ, the newest first.

    Only in numbers or only in dates: what differs in both is another event.
    """
    amounts = _conflicts(one.amounts, other.amounts)
    dates = _conflicts(one.dates, other.dates)
    if bool(amounts) == bool(dates) or not same_subject(question, one, other):
        return []
    if amounts and not _same_time(one, other):
        return []
    if ("would" in one.words) != ("would" in other.words):
        return []
    places: list[tuple[Amount | Date, Amount | Date]] = [
        *((here, there) for here, there in amounts if _counted_once(one, other, here, there)),
        *((here, there) for here, there in dates if _happens_once(one, other, here, there)),
    ]
    return [
        Difference(*newest_first([_words(one, here), _words(other, there)]))
        for here, there in places
        if one.answers_with(here) and other.answers_with(there)
    ]


def _conflicts(ours: Sequence[Value], theirs: Sequence[Value]) -> list[tuple[Value, Value]]:
    """The values that are comparable with one other only, and cannot both be true."""
    found = []
    for here in ours:
        there = [one for one in theirs if here.comparable(one)]
        if len(there) == 1 and sum(there[0].comparable(one) for one in ours) == 1:
            found += [] if here.allows(there[0]) else [(here, there[0])]
    return found


def _same_time(one: Claim, other: Claim) -> bool:
    """Whether the dates of two claims, if both have some, have one in common."""
    return (
        not one.dates
        or not other.dates
        or any(here.allows(there) for here in one.dates for there in other.dates)
    )


def _recent(one: Claim, other: Claim) -> bool:
    apart = days_apart(one.article, other.article)
    return apart is not None and apart <= ONE_EVENT


def _counted_once(one: Claim, other: Claim, here: Amount, there: Amount) -> bool:
    return (
        _recent(one, other)
        and bool(here.near & there.near & _COUNTED_ONCE)
        and _AGAIN.isdisjoint(map(kind_of, (*one.words, *other.words)))
    )


def _happens_once(one: Claim, other: Claim, here: Date, there: Date) -> bool:
    event = here.event & there.event
    if (here.day and there.day) or (here.month and there.month):
        one_year = here.year is not None and here.year == there.year
        return bool(event & _ON_ONE_DAY) and (_recent(one, other) or one_year)
    return bool(event & _IN_ONE_YEAR) and here.year is not None and there.year is not None


def _words(claim: Claim, value: Amount | Date) -> Quote:
    """The words of a number or a date as a quote of just these."""
    quote, (start, end) = claim.quote, value.span
    return replace(
        quote,
        text=quote.text[start:end],
        start=quote.start + start,
        end=quote.start + end,
        answer=None,
        also_in=(),
    )


# -- the quotes


def newest_first(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes by the date of their articles; those without a date last.

    The time counts if it is known of all: else those of one day stay in their order.
    """
    timed = all(isinstance(one.article.published, datetime) for one in quotes)
    return sorted(
        quotes,
        key=lambda one: (
            one.article.published is not None,
            one.article.published_key[: 2 if timed else 1],
        ),
        reverse=True,
    )


def _side_by_side(quotes: Sequence[Quote], pairs: Sequence[_Pair]) -> list[Quote]:
    """The quotes; what differs from one stands beside it, the newest first."""
    found: list[Quote] = []
    for quote in quotes:
        beside = [
            next((one for one in quotes if _overlap(one, pair.other.quote)), pair.other.quote)
            for pair in pairs
            if _overlap(pair.one.quote, quote)
        ]
        for one in newest_first([quote, *beside]) if beside else [quote]:
            if not any(_overlap(one, other) for other in found):
                found.append(one)
    return found


def _overlap(one: Quote, other: Quote) -> bool:
    same_text = one.article.text == other.article.text
    return same_text and one.start < other.end and other.start < one.end
