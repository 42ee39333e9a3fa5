"""Scripts: characters that are written in two ways, and words that have no spaces between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.records import Span

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_HIRAGANA = "\u3041-\u3096\u309d\u309e"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_SOUTHEAST = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"

RUNS = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]+|[{_HANGUL}]+|[{_SOUTHEAST}]+")
"""What is told by runs of characters: words have no spaces between them, or particles grown on."""

CHARACTERS_A_WORD = 1.7
"""Chinese characters that say what a word says: the 38,248 of XQuAD's articles are 22,600 English
words. Japanese takes a few more."""

LETTERS_A_WORD = 4.5
"""Thai letters and vowel signs that make a word; so too for Lao, Khmer and Burmese."""

_IDEOGRAPH = re.compile(f"[{_HAN}]")
_HIRAGANA_ONLY = re.compile(f"[{_HIRAGANA}ー]+")
_HANGUL_RUN = re.compile(f"[{_HANGUL}]")
_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTHEAST}]+")
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

# Characters that are grammar and hardly part of words, and Chinese ones that are part of some.
_GRAMMAR = frozenset("的了吗嗎呢吧啊么麼什谁誰哪のはがをにとでもへ")
_MOSTLY_GRAMMAR = _GRAMMAR | frozenset(
    "是在和与與及或也都而着著过過被把對对從从到以於于其之這这那个個们們何些几幾多少怎為为有"
)

_PARTICLE = re.compile(
    "(?:에서는|에서도|으로는|으로서|으로써|에게서|이라는|이라고|습니까|습니다|입니까|입니다|까지|부터|"
    "에서|에게|으로|하고|이나|처럼|보다|마다|조차|밖에|이며|이고|이다|니까|한테|께서|은|는|이|가|을|를|"
    "의|에|로|와|과|도|만|나|랑)$"
)
_KOREAN_FUNCTION_WORDS = frozenset(
    "누구 누가 무엇 무슨 언제 어디 왜 어떻게 어떤 어느 몇 얼마 얼마나 그 이 저 것 수 등 및 또는 그리고 그러나"
    " 하는 했다 했나 했나요 하나요 있는 있다 있나요 인가요 되었나요 됐나요 되었다".split()
)


@dataclass(frozen=True, slots=True)
class Gram:
    """A term that is a run of characters, and where it stands; `content` if it has a meaning."""

    term: str
    span: Span
    content: bool


def folded(text: str) -> str:
    """A text in which what differs only in width, form, composition or vowel signs is the same."""
    if not _UNFOLDED.search(text):
        return text
    text = unicodedata.normalize("NFC", text)
    text = _UNFOLDED.sub(lambda one: unicodedata.normalize("NFKC", one[0]), text)
    text = unicodedata.normalize("NFC", _ARABIC_SIGNS.sub("", text)).translate(_PERSIAN)
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in text)


def words_counted(text: str) -> int:
    """How many words a text has; where they are not told apart, as many as it would have."""
    runs = _UNSPACED.findall(text)
    if not runs:
        return len(text.split())
    spaced = [word for word in _UNSPACED.sub(" ", text).split() if _WORD.search(word)]
    southeastern = sum(len(_SOUTHEASTERN.findall(run)) for run in runs)
    others = sum(map(len, runs)) - southeastern
    return len(spaced) + round(others / CHARACTERS_A_WORD + southeastern / LETTERS_A_WORD)


def without_article(text: str) -> str:
    """An Arabic text whose nouns have neither an article nor what is written before it.

    The stemmer takes an article away only where the word begins with it.
    """
    return _ARABIC_BEFORE_NOUN.sub("", text)


def grams(text: str) -> Iterator[Gram]:
    """The terms of all runs in a text, in order."""
    for run in RUNS.finditer(text):
        told, start = folded(run[0]), run.start()
        kept = len(told) == len(run[0])  # half-width letters and their marks become one
        for at, end, content in _places(told):
            span = Span(start + at, start + end) if kept else Span(*run.span())
            yield Gram(told[at:end], span, content)


def _places(run: str) -> Iterator[tuple[int, int, bool]]:
    """Where the terms of a run begin and end, and whether they have a meaning."""
    if _HANGUL_RUN.match(run):
        yield from _korean_places(run)
    elif _SOUTHEASTERN.match(run):
        length = min(3, len(run))
        yield from ((at, at + length, True) for at in range(len(run) - length + 1))
    else:
        length = min(2, len(run))
        for at in range(len(run) - length + 1):
            yield at, at + length, _means(run[at : at + length])
        if length == 2:
            # A single Chinese character may be a word, and finds what was transliterated otherwise.
            yield from ((m.start(), m.end(), _means(m[0])) for m in _IDEOGRAPH.finditer(run))


def _korean_places(run: str) -> Iterator[tuple[int, int, bool]]:
    """Pairs of syllables; those of particles and endings mean nothing."""
    particle = _PARTICLE.search(run, 1)
    stem = particle.start() if particle else len(run)
    function_word = run[:stem] in _KOREAN_FUNCTION_WORDS or run in _KOREAN_FUNCTION_WORDS
    for at in range(len(run) - 1):
        # Of one syllable, the "stem" may as well be half a word: 나이 is an age, and 나 I.
        yield at, at + 2, not function_word and (stem == 1 or at + 2 <= stem)
    if stem == 1:
        yield 0, 1, not function_word


def _means(run: str) -> bool:
    if not _GRAMMAR.isdisjoint(run) or _HIRAGANA_ONLY.fullmatch(run):
        return False
    return not _MOSTLY_GRAMMAR.issuperset(run)
