"""Where sentences of two articles tell another number or date of the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from retrieval.days import Day
from retrieval.quantities import Amount, kind_of, kinds_of
from retrieval.records import Difference, Quote, Span
from retrieval.tellings import Telling, days_apart, published_key, same_thing

ONE_EVENT = 45
"""Days between the publication of two articles that report one event, at the most."""

_COUNTED_ONCE = kinds_of(
    "dead hurt missing evacuated rescued arrested detained charged cost costs paid sold bought"
    " fined sentenced aboard homeless collapsed stolen fled trapped stranded drowned cancelled"
    " damaged destroyed infected attended signed voted crashed sank"
    " demolished recalled dismissed laid"
)
"""What a number beside one of these counts is counted once, though over some days. Prices, weather
and matches are told in the same words again and again."""

_AGAIN = kinds_of(
    "day daily week weekly month monthly quarter quarterly season game match today traded trading"
    " index share shares barrel ounce price prices average record usual each every per ticket"
)
"""What is told with one of these may be told anew the next day."""

_IN_ONE_YEAR = kinds_of("built born died founded established invented discovered completed")
_ON_ONE_DAY = _IN_ONE_YEAR | kinds_of(
    "open opens opened reopen reopens reopened close closes closed begin begins began start starts"
    " started end ends ended launch launches launched held election vote sank sink sinks crashed"
    " crash collapsed collapse resign resigned resigns married elected arrested released wedding"
    " funeral trial hearing effect due signed demolished breached burned moved left sails"
)
"""What happens once, as far as the news of some weeks goes."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences of different articles, and the words in which they differ."""

    one: Telling
    other: Telling
    difference: Difference


def pairs(shown: Sequence[Telling], tellings: Sequence[Telling]) -> Iterator[Pair]:
    """The sentences that differ from those shown, each two values once."""
    seen = set[frozenset[str]]()
    for one in shown:
        known = {one.article.text, *(other.text for other in one.quote.also_in)}
        for other in tellings:
            if other.article.text in known:
                continue
            for difference in differences(one, other):
                values = frozenset((difference.one.text, difference.other.text))
                if values not in seen:
                    seen.add(values)
                    yield Pair(one, other, difference)


def differences(one: Telling, other: Telling) -> list[Difference]:
    """Where two sentences on one thing differ, the words of the article published first before.

    Only in numbers or only in dates: what differs in both is another thing.
    """
    if one.unsure != other.unsure or not same_thing(one, other):
        return []
    amounts, days = differing_amounts(one, other), _differing_days(one, other)
    if amounts and days:
        return []
    if amounts:
        if not same_time(one, other):
            return []
        places = [(h.span, t.span) for h, t in amounts if _counted_once(one, other, h, t)]
    else:
        places = [(h.span, t.span) for h, t in days if _happens_once(one, other, h, t)]
    return [_difference(one, here, other, there) for here, there in places]


def differing_amounts(one: Telling, other: Telling) -> list[tuple[Amount, Amount]]:
    """The numbers that two sentences tell of one thing and that cannot both be true of it."""
    found = []
    for here in one.amounts:
        there = [amount for amount in other.amounts if here.counts_what(amount)]
        if len(there) == 1 and sum(there[0].counts_what(amount) for amount in one.amounts) == 1:
            found += [] if here.allows(there[0]) else [(here, there[0])]
    return found


def same_time(one: Telling, other: Telling) -> bool:
    """Whether the dates that two sentences tell, if both do, have one in common."""
    return (
        not one.days
        or not other.days
        or any(here.allows(there) for here in one.days for there in other.days)
    )


def _differing_days(one: Telling, other: Telling) -> list[tuple[Day, Day]]:
    """The dates that two sentences tell of one event, if each tells one of it, and not the same."""
    found = []
    for here in one.days:
        there = [day for day in other.days if here.event & day.event]
        if len(there) == 1 and sum(bool(there[0].event & day.event) for day in one.days) == 1:
            found += [] if here.allows(there[0]) else [(here, there[0])]
    return found


def _counted_once(one: Telling, other: Telling, here: Amount, there: Amount) -> bool:
    apart = days_apart(one.article, other.article)
    return (
        apart is not None
        and apart <= ONE_EVENT
        and bool(here.near & there.near & _COUNTED_ONCE)
        and _AGAIN.isdisjoint(map(kind_of, (*one.words, *other.words)))
    )


def _happens_once(one: Telling, other: Telling, here: Day, there: Day) -> bool:
    event = here.event & there.event
    apart = days_apart(one.article, other.article)
    recent = apart is not None and apart <= ONE_EVENT
    if (here.day and there.day) or (here.month and there.month):
        one_year = here.year is not None and here.year == there.year
        return bool(event & _ON_ONE_DAY) and (recent or one_year)
    return bool(event & _IN_ONE_YEAR) and here.year is not None and there.year is not None


def _difference(one: Telling, here: Span, other: Telling, there: Span) -> Difference:
    sides = (_words(one.quote, here), _words(other.quote, there))
    return Difference(*sorted(sides, key=lambda side: published_key(side.article)[0]))


def _words(quote: Quote, span: Span) -> Quote:
    """Some words of a quote, as a quote of just these."""
    start, end = quote.start + span.start, quote.start + span.end
    text = quote.text[slice(*span)]
    return replace(quote, text=text, start=start, end=end, marks=(), also_in=())
