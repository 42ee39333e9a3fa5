"""How many publishers say what an answer says, and where they differ: below the quotes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bot.rendering.characters import plain, shortened
from bot.rendering.markup import Markup, bold, joined, linked, words
from bot.rendering.sources import (
    COPIES_NAMED,
    LONGEST_NAME,
    day,
    more_copies,
    passage_link,
    publisher,
)
from retrieval import Answer, Quote

THEY_DIFFER = "They differ:"

LONGEST_SIDE = 100  # UTF-16 units of the words in which a quote differs from another


def agreement_text(answer: Answer) -> Text:
    """For a terminal: who says what the best quote says, and where quotes differ; or nothing."""
    text = Text()
    if independent := _tellers(answer):
        text.append(f"{_say_so(len(independent))} ({_names(independent)})", style="bold")
        if copies := _copies(answer):
            text.append(f"; {_copied(len(copies))} ({_names(copies)})", style="bold")
        text.append("\n")
    for pair in answer.agreement.differences if answer.agreement else ():
        text.append(THEY_DIFFER, style="bold red")
        text.append(f" {_side(pair.quote)} – {_side(pair.other)}\n")
    return text


def agreement_markup(answer: Answer) -> Markup:
    """The same for Telegram, where each publisher leads to what it says."""
    lines = []
    if independent := _tellers(answer):
        line = words(f"{_say_so(len(independent))} (") + _links(independent) + words(")")
        if copies := _copies(answer):
            line += words(f"; {_copied(len(copies))} (") + _links(copies) + words(")")
        lines.append(line)
    for pair in answer.agreement.differences if answer.agreement else ():
        sides = joined([_side_markup(pair.quote), _side_markup(pair.other)], " – ")
        lines.append(joined([bold(THEY_DIFFER), sides], " "))
    return joined(lines, "\n")


def _tellers(answer: Answer) -> Sequence[Quote]:
    """What each publisher says on its own, if anybody but the first says it at all."""
    agreement = answer.agreement
    if not agreement or not (agreement.independent or agreement.copied):
        return ()
    known = [quote for quote in answer.quotes[:1] if quote.article.source or quote.article.url]
    return (*known, *agreement.independent)


def _copies(answer: Answer) -> Sequence[Quote]:
    return answer.agreement.copied if answer.agreement else ()


def _say_so(number: int) -> str:
    return f"{number} publishers say so independently" if number > 1 else "1 publisher says so"


def _copied(number: int) -> str:
    return f"{number} copied"


def _names(quotes: Sequence[Quote]) -> str:
    named = ", ".join(plain(publisher(quote.article)) for quote in quotes[:COPIES_NAMED])
    return named + more_copies(len(quotes))


def _links(quotes: Sequence[Quote]) -> Markup:
    links = [_link(quote) for quote in quotes[:COPIES_NAMED]]
    return joined(links, ", ") + words(more_copies(len(quotes)))


def _link(quote: Quote) -> Markup:
    name = shortened(publisher(quote.article), LONGEST_NAME)
    return linked(name, passage_link(quote), quote.article.url)


def _side(side: Quote) -> str:
    """The words of one side of a difference, with who tells them and when."""
    source = ", ".join(filter(None, (publisher(side.article), day(side.article.published))))
    return plain(f"{' '.join(side.text.split())} ({source})")


def _side_markup(side: Quote) -> Markup:
    source = joined([_link(side), words(day(side.article.published) or "")], ", ")
    return words(f"{shortened(side.text, LONGEST_SIDE)} (") + source + words(")")
