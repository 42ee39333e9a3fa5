"""Which publishers report what the best quote says, and which give another number or date.

What the reader takes for the answers in two articles is compared. A false agreement or a false
difference is worse than none, so whatever speaks against it decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice, pairwise

from retrieval.records import Agreement, Answer, Article, Difference, Quote, Span
from retrieval.search.quotes import sentence_quote, shares
from retrieval.search.records import Candidate, SearchResult
from retrieval.storage import Catalog
from retrieval.text import matching
from retrieval.text.languages import ENGLISH, latin_language
from retrieval.text.near_duplicates import Kind, tokens
from retrieval.text.quantities import WORD, Amount, Date, kind_of, kinds_of, values

COMPARED = 20  # sentences
MOST_DIFFERENCES = 3

AGREED = 0.5
"""The share of its terms that the shorter of two answers has in common with the other."""

SHARED = 0.4
"""The share of its terms that the shorter of two sentences has in common with the other."""

COPIED = 0.6
"""The share of its runs of three words that a copied sentence has from another."""

EVENT_DAYS = 45
"""The most days between the publication of two articles that report one event."""

OPENING = 600  # characters of an article in which news names what it is about
FEWEST_NAMES = 2  # names that two openings share, if the sentences share none

_COUNTED_ONCE = kinds_of(
    "dead hurt missing evacuated rescued arrested detained charged cost costs paid sold bought"
    " fined sentenced aboard homeless collapsed stolen fled trapped stranded drowned cancelled"
    " damaged destroyed infected attended signed voted crashed sank demolished recalled dismissed"
)
"""What a number beside one of these counts is counted once."""

_IN_SAME_YEAR = kinds_of("built born died founded established invented discovered completed")
_ON_SAME_DAY = _IN_SAME_YEAR | kinds_of(
    "opened reopens closed begins began started ended launched held election vote sank crashed"
    " collapsed resigned married elected arrested released wedding funeral trial hearing signed"
    " demolished breached burned moved left sails due effect"
)
"""What happens once within `EVENT_DAYS`."""

_AGAIN = kinds_of(
    "day daily week weekly month monthly quarter quarterly season game match today traded trading"
    " index share shares barrel ounce price prices average record usual each every per ticket"
)
"""What is reported with one of these may have another number the next day."""

_HEDGES = frozenset(
    "if not no never nobody none without denied denies expected expects forecast could may might"
    " would feared initially earlier previously originally plan plans planned target aims hopes"
    " hoped should cannot don doesn didn isn wasn aren weren hasn haven hadn won".split()
)
"""Words of denial, doubt and intention."""

_WEEKDAYS = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


@dataclass(frozen=True)
class Claim:
    """A sentence that may answer, as a quote; `answer` are the characters of it that do.

    `story` is the number of its article's story.
    """

    quote: Quote
    answer: Span
    story: int | None

    @property
    def article(self) -> Article:
        return self.quote.article

    @property
    def answering(self) -> str:
        return self.quote.text[slice(*self.answer)]

    @cached_property
    def words(self) -> list[str]:
        return WORD.findall(self.quote.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return _terms(self.quote.text)

    @cached_property
    def values(self) -> tuple[list[Amount], list[Date]]:
        return values(self.quote.text)

    @cached_property
    def hedges(self) -> frozenset[str]:
        """Its words of denial, doubt and intention; "May" is a month."""
        return _HEDGES.intersection(word if word == "May" else word.lower() for word in self.words)

    @property
    def about(self) -> str:
        """The title and the opening of its article, which name what it is about."""
        return f"{self.article.title}. {self.article.text[:OPENING]}"


def compared(
    catalog: Catalog, answer: Answer, result: SearchResult, likely: Iterable[Candidate], limit: int
) -> Answer:
    """The answer with the publishers that report the same, and with what differs from it.

    `likely` are the candidates, best first, that would be an answer by themselves. One that differs
    from a quote stands beside it, the newest first, among at most `limit` quotes.
    """
    if not answer.quotes:
        return answer
    probable = zip(likely, shares(result.candidates), strict=False)
    claims = _claims(catalog, list(islice(probable, COMPARED)))
    question = result.query.text
    shown = [claim for quote in answer.quotes if (claim := _shown(quote, claims))]
    pairs = list(islice(_pairs(question, shown, claims), MOST_DIFFERENCES))
    quotes = tuple(_side_by_side(answer.quotes, pairs))[:limit]
    agreement = Agreement(differences=tuple(difference for *_, difference in pairs))
    if best := next((claim for quote in quotes[:1] if (claim := _shown(quote, claims))), None):
        agreement = _with_publishers(agreement, question, best, claims)
    if agreement == Agreement():
        return answer
    return replace(answer, quotes=quotes, agreement=agreement)


def _claims(catalog: Catalog, likely: Sequence[tuple[Candidate, float]]) -> list[Claim]:
    """The claims of candidates, each of which has its probability beside it."""
    stories = catalog.stories([candidate.stored.id for candidate, _ in likely])
    return [
        Claim(
            sentence_quote(candidate, share),
            Span(
                candidate.answer.start - candidate.span.start,
                candidate.answer.end - candidate.span.start,
            ),
            stories.get(candidate.stored.id),
        )
        for candidate, share in likely
        if candidate.answer
    ]


def _shown(quote: Quote, claims: Sequence[Claim]) -> Claim | None:
    """The claim of a quote, in the article of its story that the quote is taken from."""
    texts = {article.text for article in (quote.article, *quote.also_in)}
    for claim in claims:
        if claim.article.text in texts and (at := quote.text.find(claim.quote.text)) >= 0:
            start = quote.start + at
            moved = replace(quote, text=claim.quote.text, start=start, answer=None)
            return replace(claim, quote=replace(moved, end=start + len(claim.quote.text)))
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
    for claim in (*copies, *(claim for claim in claims if says_so(question, best, claim))):
        publisher = claim.article.publisher
        if not publisher or publisher in (own, *independent, *copied):
            continue
        first = own is None and not independent
        if not first and any(_is_copy(claim, before) for before in reported):
            copied[publisher] = claim.quote
        else:
            independent[publisher] = claim.quote
            reported.append(claim)
    if len(independent) + len(copied) + (own is not None) < 2:
        return agreement
    return replace(
        agreement, independent=tuple(independent.values()), copied=tuple(copied.values())
    )


def _copies(quote: Quote) -> list[Quote]:
    """The quote as the other articles of its story have it, word for word."""
    span = Span(quote.start, quote.end)
    places = [
        (article, matching.place(quote.article.text, span, article.text))
        for article in quote.also_in
    ]
    return [
        matching.quoted(article, place.span, quote.library) for article, place in places if place
    ]


def says_so(question: str, best: Claim, other: Claim) -> bool:
    """Whether a claim gives the same answer to the question."""
    here, elsewhere = (
        _terms(claim.answering) - _terms(question) or _terms(claim.answering)
        for claim in (best, other)
    )
    numbers = [
        {token.text for token in tokens(claim.answering) if token.kind is Kind.NUMBER}
        for claim in (best, other)
    ]
    return (
        len(here & elsewhere) >= max(1.0, AGREED * min(len(here), len(elsewhere)))
        and (not any(numbers) or bool(numbers[0] & numbers[1]))
        and _same_subject(question, best, other)
        and _same_time(best, other)
        and _same_amounts(best, other)
    )


def _is_copy(claim: Claim, other: Claim) -> bool:
    """Whether a claim is copied from another, or names its publisher as its source."""
    some, others = (
        frozenset(zip(words, words[1:], words[2:], strict=False))
        for words in ([word.casefold() for word in claim.words] for claim in (claim, other))
    )
    return (
        (claim.story is not None and claim.story == other.story)
        or len(some & others) >= max(1.0, COPIED * min(len(some), len(others)))
        or any(
            re.search(rf"\b{re.escape(source.article.publisher)}\b", here.quote.text, re.IGNORECASE)
            for here, source in ((claim, other), (other, claim))
            if source.article.publisher
        )
    )


# -- who differs


def _pairs(
    question: str, shown: Sequence[Claim], claims: Sequence[Claim]
) -> Iterator[tuple[Claim, Claim, Difference]]:
    """The claims that differ from those shown, each two values once."""
    seen = set[frozenset[str]]()
    for claim in shown:
        for other in claims:
            differing = difference(question, claim, other)
            if not differing:
                continue
            texts = frozenset((differing.quote.text, differing.other.text))
            if texts not in seen:
                seen.add(texts)
                yield claim, other, differing


def difference(question: str, claim: Claim, other: Claim) -> Difference | None:
    """Where the answers of two stories give another number or date of one event, newest first.

    Only in a number or only in a date: what differs in both is another event.
    """
    same_story = claim.article.text == other.article.text or claim.story == other.story is not None
    if same_story or not _same_subject(question, claim, other):
        return None
    answers = [_answering_values(claim) for claim in (claim, other)]
    if not all(len(values) == 1 for values in answers):
        return None
    value, other_value = answers[0][0], answers[1][0]
    if isinstance(value, Date) and isinstance(other_value, Date):
        differs = not value.allows(other_value) and _happens_once(claim, other, value, other_value)
        differs = differs and _same_amounts(claim, other)
    elif isinstance(value, Amount) and isinstance(other_value, Amount):
        differs = not value.allows(other_value) and _counted_once(claim, other, value, other_value)
        differs = differs and _same_time(claim, other)
    else:
        return None
    if not differs:
        return None
    return Difference(*newest_first([_words(claim, value), _words(other, other_value)]))


def _answering_values(claim: Claim) -> list[Amount | Date]:
    """The numbers and dates in the words that answer; one sort only where there are both."""
    start, end = claim.answer
    amounts, dates = (
        [value for value in values if value.span.start < end and start < value.span.end]
        for values in claim.values
    )
    return [*amounts] or [*dates]


def _counted_once(claim: Claim, other: Claim, amount: Amount, other_amount: Amount) -> bool:
    """Whether two numbers are counted once in one event, unlike prices and scores."""
    return (
        _days_apart(claim, other) <= EVENT_DAYS
        and bool(amount.near & other_amount.near & _COUNTED_ONCE)
        and _AGAIN.isdisjoint(kinds_of(f"{claim.quote.text} {other.quote.text}"))
    )


def _happens_once(claim: Claim, other: Claim, date: Date, other_date: Date) -> bool:
    """Whether two dates are of what happens once, as far as they are known."""
    event = date.near & other_date.near
    same_year = date.year is not None and date.year == other_date.year
    if None not in (date.year, other_date.year) and not same_year:
        return bool(event & _IN_SAME_YEAR)
    return bool(event & _ON_SAME_DAY) and (same_year or _days_apart(claim, other) <= EVENT_DAYS)


def _words(claim: Claim, value: Amount | Date) -> Quote:
    """The words of a number or a date as a quote of just these."""
    quote, (start, end) = claim.quote, value.span
    text, start, end = quote.text[start:end], quote.start + start, quote.start + end
    return replace(quote, text=text, start=start, end=end, answer=None, also_in=())


# -- whether both speak of one thing


def _same_subject(question: str, claim: Claim, other: Claim) -> bool:
    """Whether two claims of different articles speak of the same thing, in whatever numbers."""
    both = (claim, other)
    texts = [f"{claim.article.title} {claim.article.text}".casefold() for claim in both]
    named = [_names(claim.quote.text) for claim in both]
    common = named[0] & named[1]
    unknown = [
        any(name not in text for name in names - common)
        for names, text in zip(named, reversed(texts), strict=True)
    ]
    return (
        all(latin_language(claim.article.text) == ENGLISH for claim in both)
        and not any("?" in claim.quote.text for claim in both)
        and claim.hedges == other.hedges
        and len(claim.terms & other.terms)
        >= max(1.0, SHARED * min(len(claim.terms), len(other.terms)))
        and (bool(common) or len(_names(claim.about) & _names(other.about)) >= FEWEST_NAMES)
        and not all(unknown)
        and all(
            name in f"{claim.quote.text} {claim.about}".casefold()
            for name in _names(question)
            for claim in both
        )
    )


def _same_time(claim: Claim, other: Claim) -> bool:
    """Whether the dates and weekdays of two claims, if both have some, have one in common."""
    (_, dates), (_, other_dates) = claim.values, other.values
    days = [_WEEKDAYS.intersection(claim.words) for claim in (claim, other)]
    return (not all(days) or bool(days[0] & days[1])) and (
        not (dates and other_dates)
        or any(mine.allows(its) for mine in dates for its in other_dates)
    )


def _same_amounts(claim: Claim, other: Claim) -> bool:
    """Whether no numbers of two claims that may count the same thing conflict."""
    (amounts, _), (other_amounts, _) = claim.values, other.values
    return all(
        mine.allows(its) or not mine.near & its.near for mine in amounts for its in other_amounts
    )


def _days_apart(claim: Claim, other: Claim) -> float:
    """The days between the publication of two articles."""
    when, then = claim.article.published, other.article.published
    return abs(when.toordinal() - then.toordinal()) if when and then else float("inf")


def _names(text: str) -> frozenset[str]:
    """The names in a text; the word that opens a sentence is one if another name follows."""
    words = list(tokens(text))
    opening = {
        token.text
        for token, then in pairwise(words)
        if token.kind is Kind.OPENING and then.kind is Kind.NAME
    }
    return frozenset(opening.union(token.text for token in words if token.kind is Kind.NAME))


def _terms(text: str) -> frozenset[str]:
    """The content terms and the numbers of a text; all words for death are one term."""
    terms = (
        token.text if token.kind is Kind.NUMBER else kind_of(token.text) for token in tokens(text)
    )
    return frozenset(filter(None, terms))


# -- the quotes


def newest_first(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes by the date of their articles; those without a date last.

    The time counts if it is known of all: else those of one day stay in their order.
    """
    timed = all(isinstance(quote.article.published, datetime) for quote in quotes)
    return sorted(
        quotes,
        key=lambda quote: (
            quote.article.published is not None,
            quote.article.published_key[: 2 if timed else 1],
        ),
        reverse=True,
    )


def _side_by_side(
    quotes: Sequence[Quote], pairs: Sequence[tuple[Claim, Claim, Difference]]
) -> list[Quote]:
    """The quotes; what differs from one stands beside it, the newest first."""
    ordered: list[Quote] = []
    for quote in quotes:
        beside = [
            next((shown for shown in quotes if _overlap(shown, other.quote)), other.quote)
            for claim, other, _ in pairs
            if _overlap(claim.quote, quote)
        ]
        for neighbour in newest_first([quote, *beside]) if beside else [quote]:
            if not any(_overlap(neighbour, other) for other in ordered):
                ordered.append(neighbour)
    return ordered


def _overlap(quote: Quote, other: Quote) -> bool:
    same_text = quote.article.text == other.article.text
    return same_text and quote.start < other.end and other.start < quote.end
