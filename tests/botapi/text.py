"""Texts as the server counts and keeps them: UTF-16 units, trimmed, without control characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from botapi.refusals import Breach

LONGEST = 4096  # UTF-16 units of a message
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100

DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
BLANK = re.compile("[\x00-\x09\x0b\x0c\x0e-\x20]")
NOTHING_SEEN = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc]*"
)

SPLIT = ("bold", "italic", "underline", "strikethrough", "spoiler")
"""Types that the server merges, and cuts where another entity begins or ends."""
FIXED_WIDTH = ("code", "pre")
QUOTATION = ("blockquote", "expandable_blockquote")
PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 10,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}


@dataclass(frozen=True, slots=True)
class Entity:
    """A part of a text and what it is; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    more: tuple[tuple[str, Any], ...] = ()
    """What some types have besides: a link's url, a mention's user, a program's language."""

    @property
    def end(self) -> int:
        """The first unit after it."""
        return self.offset + self.length

    def of(self, text: str) -> str:
        """What it says."""
        return sliced(text, self.offset, self.end)

    def wire(self) -> dict[str, Any]:
        """As the API shows it."""
        place = {"type": self.type, "offset": self.offset, "length": self.length}
        return {**place, **dict(self.more)}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text with its entities."""

    text: str
    entities: tuple[Entity, ...] = ()


def units(text: str) -> int:
    """How long the server finds a text: characters beyond the first plane count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def sliced(text: str, start: int, end: int) -> str:
    """A part of a text, from one UTF-16 offset to another."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def kept(message: Formatted, limit: int = LONGEST) -> Formatted:
    """What becomes of a message's text; raises Breach if it is empty or too long."""
    if any(one.end > units(message.text) for one in message.entities):
        raise Breach("entity ends after the end of the text")
    cleaned = _moved(message, DROPPED, "")
    text = BLANK.sub(" ", cleaned.text)
    if NOTHING_SEEN.fullmatch(text):
        raise Breach("message text is empty")
    without_start = text.lstrip(" \n")
    cut, trimmed = len(text) - len(without_start), without_start.rstrip(" \n")
    end = units(trimmed)
    moved = [replace(one, offset=max(one.offset - cut, 0), length=0) for one in cleaned.entities]
    moved = [
        replace(new, length=min(old.end - cut, end) - new.offset)
        for new, old in zip(moved, cleaned.entities, strict=True)
    ]
    if end > limit:
        raise Breach("message is too long" if limit == LONGEST else "message caption is too long")
    return Formatted(trimmed, tuple(_settled(trimmed, moved)))


def _moved(message: Formatted, pattern: re.Pattern[str], by: str) -> Formatted:
    """The message without what matches; entities stay on what they stood on."""
    if not pattern.search(message.text):
        return message
    gone = [units(message.text[: match.start()]) for match in pattern.finditer(message.text)]

    def after(offset: int) -> int:
        return offset - sum(place < offset for place in gone)

    entities = [
        replace(one, offset=after(one.offset), length=after(one.end) - after(one.offset))
        for one in message.entities
    ]
    return Formatted(pattern.sub(by, message.text), tuple(entities))


def _settled(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Entities without blanks at their beginning, without overlaps, and in order."""
    seen = [one for entity in entities if (one := _without_blanks(text, entity))]
    whole = _apart([one for one in seen if one.type not in (*SPLIT, *QUOTATION)])
    quotations = _apart([one for one in seen if one.type in QUOTATION])
    fixed = [one for one in whole if one.type in FIXED_WIDTH]
    edges = sorted({edge for one in (*whole, *quotations) for edge in (one.offset, one.end)})
    pieces = [
        Entity(type, start, end - start)
        for type in SPLIT
        for first, last in _merged(one for one in seen if one.type == type)
        for start, end in _cut(first, last, edges)
        if not any(one.offset <= start < one.end for one in fixed)
    ]
    settled = [one for piece in pieces if (one := _without_blanks(text, piece))]
    return sorted([*whole, *quotations, *settled], key=_order)


def _without_blanks(text: str, entity: Entity) -> Entity | None:
    said = entity.of(text) if entity.length > 0 else ""
    if not said.strip(" \n"):
        return None
    blanks = len(said) - len(said.lstrip(" \n"))
    hides = entity.type in (*FIXED_WIDTH, "text_link", "text_mention")
    if not blanks or hides:
        return entity
    return replace(entity, offset=entity.offset + blanks, length=entity.length - blanks)


def _apart(entities: Iterable[Entity]) -> list[Entity]:
    """Of entities that overlap, the one that begins first."""
    left: list[Entity] = []
    for one in sorted(entities, key=_order):
        if not left or one.offset >= left[-1].end:
            left.append(one)
    return left


def _merged(entities: Iterable[Entity]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for one in sorted(entities, key=_order):
        if spans and one.offset <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], one.end))
        else:
            spans.append((one.offset, one.end))
    return spans


def _cut(start: int, end: int, edges: Iterable[int]) -> list[tuple[int, int]]:
    places = [start, *(edge for edge in edges if start < edge < end), end]
    return list(pairwise(places))


def _order(entity: Entity) -> tuple[int, int, int]:
    return entity.offset, -entity.length, PRIORITY.get(entity.type, 50)
