"""Characters: what is shown in place of those that steer, and where a text may be cut."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that could steer a terminal or turn its text around."""

UNWRITABLE = re.compile("[\ud800-\udfff]")
"""Halves of characters, as in the names of files that are not UTF-8."""

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""They keep the direction of a part to itself, so that commas, dates and numbers beside it stay
where they are (Unicode's UAX #9). They are put around what is told and never into it."""

LINE_ENDS = str.maketrans("\u2028\u2029", "\n\n")

# White space, or a full stop of a script that writes none, and what follows begins a word.
WORD_BREAK = re.compile(r"\s(?=\S)|[。！？][”’」』）]*(?=[^”’」』）。！？\s])")
SENTENCE_BREAK = re.compile(
    r"[.!?…][\"'”’»)\]]*\s+(?=\S)|[。！？][”’」』）]*\s*(?=[^”’」』）。！？\s])"
)

JOINERS = re.compile(
    "[\u0e33\u0eb3\u200c\u200d\u1160-\u11ff\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
"""Characters without category M that belong to the one before: joiners, vowels of Thai
and Lao and of Korean syllables, Japanese sound marks, colours of skin and the letters of flags."""
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]*\\Z")
CONSONANT_BEFORE = re.compile("[\u1100-\u115f]")


def plain(text: str) -> str:
    """A text of the same length without what could steer a terminal."""
    return CONTROL.sub("�", text.replace("\r\n", " \n"))


def isolated(text: str) -> str:
    """A part of a line, kept from turning the line around if it is written from right to left."""
    return f"{ISOLATE}{text}{END_OF_ISOLATE}" if RIGHT_TO_LEFT.search(text) else text


def shown(text: str) -> str:
    """A text of the same length as Telegram shows it: it would drop other ends of lines.

    As TDLib's `clean_input_string`, which also takes every tab for a space.
    """
    return UNWRITABLE.sub("�", plain(text).translate(LINE_ENDS))


def units(text: str) -> int:
    """The length of a text as Telegram counts it: in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def head(text: str, room: int) -> int:
    """The length of the longest beginning that takes up no more than `room` UTF-16 units."""
    return len(text[:room].encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore"))


def tail(text: str, room: int) -> int:
    """Where the longest end that takes up no more than `room` UTF-16 units starts."""
    return len(text) - head(text[-room:][::-1], room)


def cut(text: str, room: int) -> int:
    """Where to cut a text that is too long: after a sentence if it fills half of the room."""
    most = head(text, room)
    breaks = [] if most == len(text) else _breaks(SENTENCE_BREAK, text, most)
    return breaks[-1] if breaks and breaks[-1] > most // 2 else cut_words(text, room)


def cut_words(text: str, room: int) -> int:
    """Where to cut a text that is too long: after a word, or inside one that fills the room."""
    most = head(text, room)
    if most == len(text):
        return most
    if breaks := _breaks(WORD_BREAK, text, most):
        return breaks[-1]
    return next((at for at in range(most, 0, -1) if begins_character(text, at)), most)


def _breaks(pattern: re.Pattern[str], text: str, most: int) -> list[int]:
    # The character after a break is looked at too: it must begin a word.
    ends = (match.end() for match in pattern.finditer(text, 0, most + 1))
    return [at for at in ends if at <= most and begins_character(text, at)]


def cut_end(text: str, room: int) -> int:
    """Where to cut off the beginning of a text that is too long: before a word or a character."""
    least = tail(text, room)
    if not least:
        return 0
    words = (match.end() for match in WORD_BREAK.finditer(text, least - 1))
    places = chain(words, range(least, len(text)))
    return next((at for at in places if begins_character(text, at)), len(text))


def begins_character(text: str, at: int) -> bool:
    """Whether what a reader takes for a character begins there: `text[at:]` can stand alone.

    Unicode's extended grapheme clusters (UAX #29), but for a few signs that no living text has.
    """
    if at == 0:
        return True
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or JOINERS.match(after):
        return False
    # After a joiner, a virama or a leading Korean consonant, a letter is part of the same sign.
    if before == "\u200d" or unicodedata.combining(before) == 9 or CONSONANT_BEFORE.match(before):
        return False
    if (before, after) == ("\r", "\n"):
        return False
    if not FLAG.match(after):
        return True
    flags = FLAG.search(text, 0, at)
    return flags is None or len(flags[0]) % 2 == 0


def shortened(text: str, room: int) -> str:
    """A text on one line in at most `room` UTF-16 units: whole words, and an ellipsis."""
    line = " ".join(shown(text).split())
    if units(line) <= room:
        return line
    return line[: cut_words(line, room - 1)].rstrip() + "…"
