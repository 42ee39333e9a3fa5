"""Raw text becomes paragraphs here: leftover markup goes, hard-wrapped lines are joined.

A block is what stands between two blank lines; its parts were separated by single line ends.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from itertools import pairwise
from statistics import median

Block = list[str]

# Nobody hard-wraps wider than this; a longer line is a paragraph of its own.
WIDEST_WRAP = 132
NARROWEST_WRAP = 40
# In lines; a longer block is several paragraphs without blank lines.
LONGEST_PARAGRAPH = 18

_BREAKING = (
    "p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|tr|table|tbody|blockquote|figure|figcaption|section"
    "|article|header|footer|aside|caption|center|pre|details|summary"
)
_INLINE = (
    "a|abbr|b|big|cite|code|del|em|font|i|iframe|img|ins|kbd|mark|nobr|picture|q|s|small|source|span"
    "|strike|strong|sub|sup|td|th|tt|u|wbr"
)
# Only known names and well-formed attributes: "a <b and c> d" and "<none>" are prose.
_ATTRIBUTES = r"""(?:\s+[\w:-]++\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>]++))*+\s*+/?>"""
_BREAKING_TAG = re.compile(rf"</?(?:{_BREAKING})\b{_ATTRIBUTES}", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})\b{_ATTRIBUTES}", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[^<>]{0,300}-->")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Byte-order mark, zero-width space, soft hyphen, and controls but tab and line ends: unseen in
# print, they would split words in two for a search.
_UNSEEN = re.compile("[\ufeff\u200b\u00ad\x00-\x08\x0e-\x1b\x7f]")

_ENDS_SENTENCE = re.compile(r"[.!?:…。！？][\"'”’)\]]*$")
_LIST_MARK = re.compile(r"(?:[-*•‣◦–]|\d{1,2}[.)])\s")


def without_markup(text: str) -> str:
    """The text without leftover HTML tags, its character references decoded once."""
    if "<" in text:
        text = _COMMENT.sub("", text)
        text = _BREAKING_TAG.sub("\n\n", _INLINE_TAG.sub("", text))
    # Tags first, so that `&lt;b&gt;` stays what its author wanted seen. Semicolons are required:
    # `?a=1&copy=2` is a link.
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def blocks(text: str) -> list[Block]:
    """The lines of a text, their white space made single, grouped as blank lines group them."""
    found: list[Block] = [[]]
    indented_before = True
    for raw in _UNSEEN.sub("", text).splitlines():
        line = " ".join(raw.split())
        indented = raw[:2].isspace() or raw[:1] == "\t"
        # A first-line indent begins a paragraph, unless it continues a list item.
        starts = indented and not indented_before and ends_sentence(found[-1][-1:])
        if found[-1] and (not line or starts):
            found.append([])
        if line:
            found[-1].append(line)
        indented_before = indented or not line
    return [block for block in found if block]


def ends_sentence(lines: Block) -> bool:
    """Whether the last of these lines closes a sentence."""
    return bool(lines) and _ENDS_SENTENCE.search(lines[-1][-8:]) is not None


def unwrapped(all_blocks: list[Block], stands_alone: Callable[[str], bool]) -> list[Block]:
    """The blocks with hard-wrapped lines joined; lines that stand alone are never joined."""
    width = wrap_width(all_blocks, stands_alone)
    if width is None:
        return all_blocks
    widest = max(len(line) for block in all_blocks for line in block if len(line) <= WIDEST_WRAP)

    def may_go_on(one: str, other: str) -> bool:
        short = max(len(one), len(other)) <= WIDEST_WRAP and not _LIST_MARK.match(other)
        return short and not (stands_alone(one) or stands_alone(other))

    def exactly(one: str, other: str) -> bool:
        """A line is wrapped where the next word had no room."""
        return may_go_on(one, other) and _needed(one, other) > widest

    def loosely(one: str, other: str) -> bool:
        """Where blank lines separate paragraphs, only a line that ends early closes one."""
        full = _needed(one, other) > 0.9 * width
        return may_go_on(one, other) and (
            full or (not ends_sentence([one]) and len(one) > 0.5 * width)
        )

    first = all_blocks[0]
    if len(first) > 1 and not exactly(*first[:2]):
        all_blocks = [first[:1], first[1:], *all_blocks[1:]]  # a title glued to its article
    unspaced = len(all_blocks) <= 3
    return [
        _joined(block, exactly if unspaced or len(block) > LONGEST_PARAGRAPH else loosely)
        for block in all_blocks
    ]


def _needed(one: str, other: str) -> int:
    """How wide a line would be with the first word of the next."""
    return len(one) + 1 + len(other.split(" ", 1)[0])


def joined(all_blocks: list[Block], stands_alone: Callable[[str], bool]) -> list[Block]:
    """The blocks with all lines joined but those that stand alone, as Markdown means it."""
    return [
        _joined(block, lambda one, other: not (stands_alone(one) or stands_alone(other)))
        for block in all_blocks
    ]


def wrap_width(all_blocks: list[Block], stands_alone: Callable[[str], bool]) -> float | None:
    """About the column at which the text was hard-wrapped; None where each line is a paragraph."""
    glued = [pair for block in all_blocks for pair in pairwise(block)]
    short = [
        (one, other)
        for one, other in glued
        if max(len(one), len(other)) <= WIDEST_WRAP
        and not (stands_alone(one) or stands_alone(other))
    ]
    # Wrapped lines break anywhere; lines that are paragraphs end their sentences.
    cut = [len(one) for one, _ in short if not ends_sentence([one])]
    if not cut or len(short) * 2 < len(glued) or len(cut) * 2 < len(short):
        return None
    width = median(cut)
    lengths = sorted(len(line) for pair in short for line in pair)
    usual = lengths[len(lengths) * 9 // 10]
    return width if width >= max(NARROWEST_WRAP, 0.7 * usual) else None


def _joined(block: Block, is_wrap: Callable[[str, str], bool]) -> Block:
    paragraphs: list[list[str]] = []
    for line in block:
        if paragraphs and is_wrap(paragraphs[-1][-1], line):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return [_paragraph(parts) for parts in paragraphs]


def _paragraph(parts: list[str]) -> str:
    pieces = parts[:1]
    for one, other in pairwise(parts):
        # Wrapping tools break words at hyphens they find: "long-" and "term" are "long-term".
        hyphenated = one[-2:-1].isalpha() and one.endswith("-") and other[:1].islower()
        pieces += [other] if hyphenated else [" ", other]
    return "".join(pieces)
