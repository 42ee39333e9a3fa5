"""Telegram's HTML, with a count of what Telegram filters; the only room that escapes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.rendering.characters import (
    END_OF_ISOLATE,
    ISOLATE,
    RIGHT_TO_LEFT,
    cut,
    shown,
    units,
)
from retrieval.records import Span

MESSAGE_UNITS = 4096  # of UTF-16, once Telegram has read the tags and the entities of characters
MESSAGE_ENTITIES = 90  # bold words, links and quotations: Telegram drops those beyond 100
MESSAGE_BYTES = 32_000  # of HTML in UTF-8: the Bot API server reads up to 32,768
LONGEST_LINK = 2000  # bytes in HTML
LONG_QUOTATION = 300  # UTF-16 units; a longer quotation is folded

LINK = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
RINGED = re.compile("\\w\u030a")
"""A letter and its ring: Telegram drops the ring, but not that of a letter written with it."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML whose tags are all closed, the UTF-16 units of its text, and its entities."""

    html: str = ""
    units: int = 0
    entities: int = 0

    def __add__(self, other: Markup) -> Markup:
        return Markup(
            self.html + other.html, self.units + other.units, self.entities + other.entities
        )

    @property
    def fits(self) -> bool:
        """Whether Telegram takes it as one message."""
        return (
            self.units <= MESSAGE_UNITS
            and self.entities <= MESSAGE_ENTITIES
            and len(self.html.encode()) <= MESSAGE_BYTES
        )


def escaped(text: str) -> str:
    """A text from outside, for HTML, with what Telegram would drop or obey replaced."""
    whole = RINGED.sub(lambda ringed: unicodedata.normalize("NFC", ringed[0]), shown(text))
    return whole.translate(_ENTITIES)


def words(text: str) -> Markup:
    """A text without any markup."""
    html = escaped(text)
    # Only now, as a letter and its ring may have become one.
    return Markup(html, units(re.sub("&[a-z]+;", "&", html)))


def apart(inside: Markup) -> Markup:
    """A part of a line, kept from turning the line around if it is written from right to left."""
    if not RIGHT_TO_LEFT.search(inside.html):
        return inside
    return Markup(ISOLATE + inside.html + END_OF_ISOLATE, inside.units + 2, inside.entities)


def bold(text: str) -> Markup:
    """A text in bold; nothing at all where there is no text."""
    return _tagged("<b>", words(text), "</b>") if text else Markup()


def marked(text: str, answer: Span | None = None, differing: Sequence[Span] = ()) -> Markup:
    """A text with the words that answer in bold, and those that differ from others underlined."""
    text = shown(text)
    spans = [*differing, *([answer] if answer else [])]
    edges = {min(max(edge, 0), len(text)) for span in spans for edge in span}
    whole = Markup()
    for part in pairwise(sorted({0, len(text), *edges})):
        piece = words(text[slice(*part)])
        if any(_holds(span, part) for span in differing):
            piece = _tagged("<u>", piece, "</u>")
        if answer and _holds(answer, part):
            piece = _tagged("<b>", piece, "</b>")
        whole += piece
    return whole


def _holds(span: Span, part: tuple[int, int]) -> bool:
    return span.start <= part[0] and part[1] <= span.end


def linked(text: str, *addresses: str | None) -> Markup:
    """A text that leads to the first of the addresses that Telegram takes, if there is one."""
    if not text:
        return Markup()
    for address in addresses:
        html = escaped(address or "")
        if LINK.fullmatch(html) and len(html.encode()) <= LONGEST_LINK:
            return _tagged(f'<a href="{html}">', words(text), "</a>")
    return words(text)


def quotation(inside: Markup, *, folded: bool | None = None) -> Markup:
    """A quotation, folded where it is long or where the caller says so."""
    folded = inside.units > LONG_QUOTATION if folded is None else folded
    return _tagged(f"<blockquote{' expandable' * folded}>", inside, "</blockquote>")


def _tagged(start: str, inside: Markup, end: str) -> Markup:
    return Markup(start + inside.html + end, inside.units, inside.entities + 1)


# -- messages


def joined(parts: Iterable[Markup], separator: str) -> Markup:
    """The parts that say anything, with the separator between them."""
    whole = Markup()
    for part in parts:
        if part.html:
            whole += words(separator) + part if whole.html else part
    return whole


def packed(blocks: Iterable[Sequence[Markup]]) -> list[str]:
    """As few messages as hold the blocks in their order; each part of a block must fit in one.

    A block of several parts is one that was too long, so each part is a message.
    """
    messages: list[Markup] = []
    for first, *others in blocks:
        together = joined([*messages[-1:], first], "\n\n")
        messages[-1:] = [together] if together.fits else [*messages[-1:], first]
        messages += others
    return [message.html for message in messages]


def listed(heading: Markup, rows: Sequence[Markup], *, most: int = 100) -> str:
    """One message of a heading and as many lines as fit; the last line counts the others."""
    for number in range(min(len(rows), most), -1, -1):
        more = words(f"… and {len(rows) - number} more") if number < len(rows) else Markup()
        whole = joined([heading, joined([*rows[:number], more], "\n")], "\n\n")
        if whole.fits:
            return whole.html
    return heading.html


def pieces(text: str, room: int) -> list[Span]:
    """Parts of a text that take up no more than `room` UTF-16 units each, and are all of it.

    What is nothing but white space is left out: Telegram takes no message of that alone.
    """
    spans: list[Span] = []
    start = 0
    while start < len(text):
        end = start + cut(text[start:], room)
        if not text[start:end].isspace():
            spans.append(Span(start, end))
        start = end
    return spans
