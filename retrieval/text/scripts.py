"""Scripts: characters that are written in two ways, and words that have no spaces between them."""

from __future__ import annotations

import re
import unicodedata

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
HIRAGANA = "\u3041-\u3096\u309d\u309e"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_SOUTHEAST = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"

RUNS = re.compile(f"[{HAN}{HIRAGANA}{_KATAKANA}]+|[{_HANGUL}]+|[{_SOUTHEAST}]+")
"""What is told by runs of characters: words have no spaces between them, or particles grown on."""

CHARACTERS_A_WORD = 1.7
"""Chinese characters that say what a word says: the 38,248 of XQuAD's articles are 22,600 English
words. Japanese takes a few more."""

LETTERS_A_WORD = 4.5
"""Thai letters and vowel signs that make a word; so too for Lao, Khmer and Burmese."""

_HANGUL_RUN = re.compile(f"[{_HANGUL}]")
_UNSPACED = re.compile(f"[{HAN}{HIRAGANA}{_KATAKANA}{_SOUTHEAST}]+")
_SPACE_BESIDE = re.compile(
    rf"\s+(?=[{HAN}{HIRAGANA}{_KATAKANA}])|(?<=[{HAN}{HIRAGANA}{_KATAKANA}])\s+"
)
_SOUTHEASTERN = re.compile(f"[{_SOUTHEAST}]")
_WORD = re.compile(r"\w+")

# What a folded text can differ in: characters of other widths, forms and compositions.
_UNFOLDED = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u0669\u0670\u06a9\u06cc\u06d6-\u06ed\u06f0-\u06f9"
    "\u0966-\u096f\u1100-\u11ff\uf900-\ufaff\ufb00-\ufdff\ufe70-\uffef]"
)
_ARABIC_SIGNS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_ARABIC_BEFORE_NOUN = re.compile(r"(?<!\w)[\u0648\u0641]?[\u0628\u0643]?\u0627\u0644(?=\w{3})")
_PERSIAN = str.maketrans("\u06a9\u06cc", "\u0643\u064a")


def folded(text: str) -> str:
    """A text in which what differs only in width, form, composition or vowel signs is the same."""
    if not _UNFOLDED.search(text):
        return text
    text = unicodedata.normalize("NFC", text)
    text = _UNFOLDED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = unicodedata.normalize("NFC", _ARABIC_SIGNS.sub("", text)).translate(_PERSIAN)
    return "".join(
        str(unicodedata.digit(character)) if character.isdecimal() else character
        for character in text
    )


def words_counted(text: str) -> int:
    """How many words a text has; where they are not told apart, as many as it would have."""
    runs = _UNSPACED.findall(text)
    if not runs:
        return len(text.split())
    spaced = [word for word in _UNSPACED.sub(" ", text).split() if _WORD.search(word)]
    southeastern = sum(len(_SOUTHEASTERN.findall(run)) for run in runs)
    others = sum(map(len, runs)) - southeastern
    return len(spaced) + round(others / CHARACTERS_A_WORD + southeastern / LETTERS_A_WORD)


def without_spaces_around_unspaced(text: str) -> str:
    """A text without spaces beside Chinese and Japanese characters, where some put them."""
    return _SPACE_BESIDE.sub("", text)


def spaced(text: str) -> str:
    """A text in which each character of a script without spaces stands by itself."""
    return _UNSPACED.sub(lambda run: f" {' '.join(run[0])} ", text)


def without_article(text: str) -> str:
    """An Arabic text whose nouns have neither an article nor what is written before it.

    The stemmer takes an article away only where the word begins with it.
    """
    return _ARABIC_BEFORE_NOUN.sub("", text)


def latin_letters(text: str) -> float:
    """How many Latin letters say what the letters of a text do: an English word has 4.6 or so."""
    dense = sum(len(run) for run in RUNS.findall(text) if not _SOUTHEASTERN.match(run))
    return len(text) + dense * (LETTERS_A_WORD / CHARACTERS_A_WORD - 1)


def is_hangul(run: str) -> bool:
    """Whether a run is Korean."""
    return _HANGUL_RUN.match(run) is not None


def is_southeastern(run: str) -> bool:
    """Whether a run is Thai, Lao, Khmer or Burmese."""
    return _SOUTHEASTERN.match(run) is not None
