"""Languages and scripts: which language a text is in, and how its script writes words."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

ENGLISH = "english"  # language of a text in Latin letters that shows no other
CHARACTERS_READ = 3_000  # of a text, to recognise its language

LEAST_LEAD = 2
"""How many more function words than English another language needs: any name may hold one."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language in Latin letters, with its words as `function_words.toml` explains them."""

    function_words: frozenset[str]
    asking: frozenset[str]
    listed: bool
    pronouns: tuple[str, ...]


_WORDS = tomllib.loads(files("retrieval.text").joinpath("function_words.toml").read_text("utf-8"))

DATES = frozenset(word for words in _WORDS.values() for word in words.get("dates", "").split())
"""Weekdays, months and the like in several languages."""

OTHER_SCRIPTS: list[str] = _WORDS.pop("other_scripts")["asking"].split()
"""Stop words of Russian, Arabic and Greek."""

LATIN = {
    name: Language(
        frozenset(words["function_words"].split()),
        frozenset(words["asking"].split()),
        words.get("listed", True),
        tuple(words.get("pronouns", "").split()),
    )
    for name, words in _WORDS.items()
}
"""The languages by the name of tantivy's stemmer; English is the first."""

_WORD = re.compile(r"[^\W\d_]{2,}")


def latin_language(text: str) -> str:
    """Recognise the language of a text in Latin letters by its function words."""
    return _latin_language(text[:CHARACTERS_READ])


@lru_cache(1_024)
def _latin_language(text: str) -> str:
    words = frozenset(word.lower() for word in _WORD.findall(text))
    counts = {name: len(language.function_words & words) for name, language in LATIN.items()}
    likeliest = max(counts, key=counts.__getitem__)
    if counts[likeliest] >= counts[ENGLISH] + LEAST_LEAD:
        return likeliest
    # "Wer erzielte einen Treffer?" is too short for a lead of two.
    asks = text.endswith("?") and not LATIN[likeliest].asking.isdisjoint(words)
    return likeliest if asks and counts[likeliest] > counts[ENGLISH] else ENGLISH


# -- scripts

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
HIRAGANA = "\u3041-\u3096\u309d\u309e"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_SOUTHEAST = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"

RUNS = re.compile(
    f"[{HAN}{HIRAGANA}{_KATAKANA}]+|(?P<korean>[{_HANGUL}]+)|(?P<southeastern>[{_SOUTHEAST}]+)"
)
"""Text that is indexed by runs of characters: its words have no spaces between them, or have
particles attached."""

CHARACTERS_A_WORD = 1.7
"""Chinese characters for an English word: the 38,248 of XQuAD's articles are 22,600 English words.
Japanese takes a few more."""

LETTERS_A_WORD = 4.5  # Thai, Lao, Khmer or Burmese letters and vowel signs in a word

_UNSPACED = re.compile(f"[{HAN}{HIRAGANA}{_KATAKANA}{_SOUTHEAST}]+")
_SPACE_BESIDE = re.compile(
    rf"\s+(?=[{HAN}{HIRAGANA}{_KATAKANA}])|(?<=[{HAN}{HIRAGANA}{_KATAKANA}])\s+"
)
_SOUTHEASTERN = re.compile(f"[{_SOUTHEAST}]")

# Characters that folding changes: other widths, forms and compositions.
_UNFOLDED = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u0669\u0670\u06a9\u06cc\u06d6-\u06ed\u06f0-\u06f9"
    "\u0966-\u096f\u1100-\u11ff\uf900-\ufaff\ufb00-\ufdff\ufe70-\uffef]"
)
_ARABIC_SIGNS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_PERSIAN = str.maketrans("\u06a9\u06cc", "\u0643\u064a")


def folded(text: str) -> str:
    """A text without differences in width, form, composition and vowel signs."""
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
    """The number of words; in a script without spaces, that of a translation."""
    runs = _UNSPACED.findall(text)
    if not runs:
        return len(text.split())
    spaced = [word for word in _UNSPACED.sub(" ", text).split() if re.search(r"\w", word)]
    southeastern = len(_SOUTHEASTERN.findall(text))
    others = sum(map(len, runs)) - southeastern
    return len(spaced) + round(others / CHARACTERS_A_WORD + southeastern / LETTERS_A_WORD)


def without_spaces_around_unspaced(text: str) -> str:
    """A text without the spaces that some writers put beside Chinese and Japanese characters."""
    return _SPACE_BESIDE.sub("", text)


def spaced(text: str) -> str:
    """A text with spaces between the characters of scripts without spaces."""
    return _UNSPACED.sub(lambda run: f" {' '.join(run[0])} ", text)


def latin_letters(text: str) -> float:
    """The number of Latin letters that would say the same; an English word has about 4.6."""
    dense = sum(len(run[0]) for run in RUNS.finditer(text) if not run["southeastern"])
    return len(text) + dense * (LETTERS_A_WORD / CHARACTERS_A_WORD - 1)
