"""How many publishers tell what a quote tells, on their own or copied, and who tells otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from retrieval import differing, wording
from retrieval.differing import Pair, differing_amounts, same_time
from retrieval.particulars import Kind, tokens
from retrieval.records import Agreement, Answer, Article, ArticleRef, Quote, Span
from retrieval.tellings import Telling, same_thing, told_terms
from retrieval.words import shared_words

SHARED_ANEW = 0.34
"""The share of what it tells beyond the question that a sentence has in common with another that
says the same, at the least."""

COPIED = 0.6
"""The share of its runs of three words that a sentence has from another, if it was copied."""

MOST_DIFFERENCES = 3

_ASKS_FOR_A_NUMBER = re.compile(
    r"\b(?:when|how (?:many|much|long|old|far|high|tall|often|big|large|fast)"
    r"|(?:what|which) (?:year|date|day|month|time|number|share|percentage))\b",
    re.IGNORECASE,
)
_ASKS_FOR_A_NAME = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)


def compared(answer: Answer, tellings: Sequence[Telling], limit: int) -> Answer:
    """An answer with who else tells what its best quote tells, and where its quotes differ.

    `tellings` are sentences found for its question, best first. A sentence that differs from a
    quote stands next to it among the quotes, of which there are at most `limit`.
    """
    shown = [told for quote in answer.quotes if (told := _telling(quote, tellings))]
    pairs = list(islice(differing.pairs(shown, tellings), MOST_DIFFERENCES))
    found = Agreement(differences=tuple(pair.difference for pair in pairs))
    if shown and shown[0].quote == answer.quotes[0]:
        found = _with_tellers(found, answer.question, shown[0], tellings)
    if found == Agreement():
        return answer
    quotes = _side_by_side(answer.question, answer.quotes, pairs)[:limit]
    return replace(answer, quotes=tuple(quotes), agreement=found)


def publisher(article: Article) -> str | None:
    """What tells one publisher from another; None where that cannot be known."""
    if article.source:
        return article.source.casefold().removeprefix("the ").strip()
    return urlsplit(article.url or "").netloc.casefold().removeprefix("www.") or None


def _telling(quote: Quote, tellings: Sequence[Telling]) -> Telling | None:
    """A quote with the token vectors of the best of its sentences.

    It may stand in another article of its story than the one in which that was found.
    """
    articles = {quote.ref, *(ArticleRef(quote.library, one.id) for one in quote.also_in)}
    for one in tellings:
        if one.quote.ref in articles and one.quote.text in quote.text:
            return replace(one, quote=quote)
    return None


# -- who tells the same


def _with_tellers(
    found: Agreement, question: str, best: Telling, tellings: Sequence[Telling]
) -> Agreement:
    """Whoever tells what the best quote tells: each publisher once, its own not.

    Where its own is not known, the first that is known counts as a voice, though it be the very
    same: whichever of both copied the other, that publisher says so.
    """
    own = publisher(best.article)
    voices, copied = [best], dict[str, Quote]()
    independent = dict[str, Quote]()
    copies = [replace(best, quote=quote) for quote in _copies(best.quote)]
    for one in (*copies, *(one for one in tellings if _says_so(question, best, one))):
        who = publisher(one.article)
        if not who or who == own or who in independent or who in copied:
            continue
        first = own is None and not independent
        if not first and any(_is_copy(one, before) for before in voices):
            copied[who] = one.quote
        else:
            independent[who] = one.quote
            voices.append(one)
    if len(independent) + len(copied) + (own is not None) < 2:
        return found
    return replace(found, independent=tuple(independent.values()), copied=tuple(copied.values()))


def _copies(quote: Quote) -> list[Quote]:
    """The quote as the other articles of its story have it, word for word."""
    told = Span(quote.start, quote.end)
    there = [(one, wording.place(quote.article.text, told, one.text)) for one in quote.also_in]
    return [wording.quoted(one, place.span, quote.library) for one, place in there if place]


def _says_so(question: str, best: Telling, other: Telling) -> bool:
    """Whether a sentence tells what another tells in answer to the question."""
    if not same_thing(best, other):
        return False
    asked = told_terms(question)
    anew, others = best.terms - asked, other.terms - asked
    shared = anew & others
    if len(shared) < max(1.0, SHARED_ANEW * min(len(anew), len(others))):
        return False
    if _ASKS_FOR_A_NUMBER.search(question) and not shared & _particulars(best, Kind.NUMBER):
        return False
    if _ASKS_FOR_A_NAME.search(question) and not shared & _particulars(best, Kind.NAME):
        return False
    return same_time(best, other) and not differing_amounts(best, other)


def _particulars(told: Telling, kind: Kind) -> frozenset[str]:
    """The terms of a sentence's numbers, or of its names; what opens it may be one."""
    kinds = (kind, Kind.OPENING) if kind is Kind.NAME else (kind,)
    found = (one.told for one in tokens(told.quote.text) if one.kind in kinds)
    return frozenset(term for one in found for term in told_terms(one))


def _is_copy(one: Telling, other: Telling) -> bool:
    """Whether a sentence was taken over from another, or names its publisher as its source."""
    if one.story is not None and one.story == other.story:
        return True
    some, others = _runs(one), _runs(other)
    if len(some & others) >= max(1.0, COPIED * min(len(some), len(others))):
        return True
    return _names_publisher(one, other) or _names_publisher(other, one)


def _runs(told: Telling) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(*(told.words[at:] for at in range(3)), strict=False))


def _names_publisher(one: Telling, other: Telling) -> bool:
    name = publisher(other.article)
    return bool(name) and re.search(rf"\b{re.escape(name or '')}\b", one.lower) is not None


# -- the quotes


def _side_by_side(question: str, quotes: Sequence[Quote], pairs: Sequence[Pair]) -> list[Quote]:
    """The quotes, each followed by the sentences that differ from it."""
    found: list[Quote] = []
    for quote in quotes:
        _put(found, quote)
        for pair in pairs:
            if pair.one.quote == quote:
                other = pair.other.quote
                beside = next((one for one in quotes if _overlap(one, other)), other)
                marks = beside.marks or shared_words(question, beside.text)
                _put(found, replace(beside, marks=marks))
    return found


def _put(found: list[Quote], quote: Quote) -> None:
    if not any(_overlap(quote, one) for one in found):
        found.append(quote)


def _overlap(one: Quote, other: Quote) -> bool:
    same_text = one.article.text == other.article.text
    return same_text and one.start < other.end and other.start < one.end
