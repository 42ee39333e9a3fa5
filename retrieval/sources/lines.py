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
_NO_TEXT = re.compile(rf"</?(?:{_INLINE})\b{_ATTRIBUTES}|<!--[^<>]{{0,300}}-->", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Byte-order mark, zero-width space, soft hyphen, and controls but tab and line ends: unseen in
# print, they would split words in two for a search.
_UNSEEN = re.compile("[\ufeff\u200b\u00ad\x00-\x08\x0e-\x1b\x7f]")

_ENDS_SENTENCE = re.compile(r"[.!?:…。！？][\"'”’)\]]*$")
_LIST_MARK = re.compile(r"(?:[-*•‣◦–]|\d{1,2}[.)])\s")


def without_markup(text: str) -> str:
    """Return the text without leftover HTML tags, its character references decoded once."""
    if "<" in text:
        text = _BREAKING_TAG.sub("\n\n", _NO_TEXT.sub("", text))
    # Tags first, so that `&lt;b&gt;` stays what its author wanted seen. Semicolons are required:
    # `?a=1&copy=2` is a link.
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def blocks(text: str) -> list[Block]:
    """Return the lines of a text, their white space made single, as blank lines group them."""
    grouped: list[Block] = [[]]
    indented_before = True
    for raw in _UNSEEN.sub("", text).splitlines():
        line = " ".join(raw.split())
        indented = raw[:2].isspace() or raw[:1] == "\t"
        # A first-line indent begins a paragraph, unless it continues a list item.
        starts = indented and not indented_before and ends_sentence(grouped[-1][-1:])
        if grouped[-1] and (not line or starts):
            grouped.append([])
        if line:
            grouped[-1].append(line)
        indented_before = indented or not line
    return [block for block in grouped if block]


def ends_sentence(lines: Block) -> bool:
    """Return whether the last of these lines closes a sentence."""
    return bool(lines) and _ENDS_SENTENCE.search(lines[-1][-8:]) is not None


def unwrapped(all_blocks: list[Block], stands_alone: Callable[[str], bool]) -> list[Block]:
    """Join hard-wrapped lines of blocks; lines that stand alone are never joined."""

    def may_join(line: str, next_line: str) -> bool:
        return max(len(line), len(next_line)) <= WIDEST_WRAP and not (
            stands_alone(line) or stands_alone(next_line)
        )

    pairs = [pair for block in all_blocks for pair in pairwise(block)]
    short = [pair for pair in pairs if may_join(*pair)]
    # Wrapped lines break anywhere; lines that are paragraphs end their sentences.
    cut = [len(line) for line, _ in short if not ends_sentence([line])]
    if not cut or len(short) * 2 < len(pairs) or len(cut) * 2 < len(short):
        return all_blocks
    width = median(cut)
    lengths = sorted(len(line) for pair in short for line in pair)
    if width < max(NARROWEST_WRAP, 0.7 * lengths[len(lengths) * 9 // 10]):
        return all_blocks
    widest = max(len(line) for block in all_blocks for line in block if len(line) <= WIDEST_WRAP)

    def is_wrapped(line: str, next_line: str, exact: bool) -> bool:
        """Return whether the next word had no room.

        Where blank lines separate paragraphs, only a line that ends early closes one.
        """
        if not may_join(line, next_line) or _LIST_MARK.match(next_line):
            return False
        needed = len(line) + 1 + len(next_line.split(" ", 1)[0])
        if exact:
            return needed > widest
        return needed > 0.9 * width or (not ends_sentence([line]) and len(line) > 0.5 * width)

    first = all_blocks[0]
    if len(first) > 1 and not is_wrapped(first[0], first[1], exact=True):
        all_blocks = [first[:1], first[1:], *all_blocks[1:]]  # a title glued to its article
    spaced = len(all_blocks) > 3
    return [
        _joined(block, is_wrapped, exact=not spaced or len(block) > LONGEST_PARAGRAPH)
        for block in all_blocks
    ]


def joined(all_blocks: list[Block], stands_alone: Callable[[str], bool]) -> list[Block]:
    """Join all lines of blocks but those that stand alone, as Markdown means it."""
    return [
        _joined(block, lambda line, next_line: not (stands_alone(line) or stands_alone(next_line)))
        for block in all_blocks
    ]


def _joined(block: Block, is_wrapped: Callable[..., bool], **options: bool) -> Block:
    paragraphs = block[:1]
    for line, next_line in pairwise(block):
        if not is_wrapped(line, next_line, **options):
            paragraphs.append(next_line)
            continue
        # Wrapping tools break words at hyphens that they find: "long-" and "term" are "long-term".
        hyphenated = line[-2:-1].isalpha() and line.endswith("-") and next_line[:1].islower()
        paragraphs[-1] += next_line if hyphenated else f" {next_line}"
    return paragraphs
