"""Terms: the stems and character runs of a text, as the word index stores and matches them."""

import re
from collections.abc import Collection
from functools import cache, lru_cache

import tantivy

from retrieval.text.languages import (
    ENGLISH,
    HAN,
    HIRAGANA,
    LATIN,
    OTHER_SCRIPTS,
    RUNS,
    folded,
    latin_language,
)

PAIR, TRIPLE = 2, 3
"""Characters of a term: three in Thai and its neighbours, whose vowels are characters, too."""

OWN_STEMMERS = ("russian", "arabic", "greek", "tamil")
"""Those of languages that have a script to themselves, so that no word is stemmed twice."""

_OWN_SCRIPT = re.compile("[\u0370-\u052f\u0600-\u06ff\u0750-\u077f\u0b80-\u0bff\u1f00-\u1fff]")
# The stemmer removes an article, and prefixes before it, only at the beginning of a word.
_ARABIC_ARTICLE = re.compile(r"(?<!\w)[\u0648\u0641]?[\u0628\u0643]?\u0627\u0644(?=\w{3})")
_IDEOGRAPH = re.compile(f"[{HAN}]")
_HIRAGANA_ONLY = re.compile(f"[{HIRAGANA}ー]+")

# Characters that are grammar and hardly part of words, and Chinese ones that are part of some.
_GRAMMAR = frozenset("的了吗嗎呢吧啊么麼什谁誰哪のはがをにとでもへ")
_MOSTLY_GRAMMAR = _GRAMMAR | frozenset(
    "是在和与與及或也都而着著过過被把對对從从到以於于其之這这那個个們们何些几幾多少怎為为有"
)
_PARTICLE = re.compile(
    "(?:에서는|에서도|으로는|으로서|으로써|에게서|이라는|이라고|습니까|습니다|입니까|입니다|인가요|까지|"
    "부터|에서|에게|으로|하고|이나|처럼|보다|마다|조차|밖에|이며|이고|이다|한테|께서|은|는|이|가|을|를|의|"
    "에|로|와|과|도|만|나|랑)$"
)
_KOREAN_FUNCTION_WORDS = frozenset(
    "누구 누가 무엇 무슨 언제 어디 왜 어떻게 어떤 어느 몇 얼마 얼마나 그 이 저 것 수 등 및 또는"
    " 그리고 그러나 하는 했다 했나 했나요 하나요 있는 있다 있나요 되었나요 됐나요 되었다".split()
)


def terms(text: str, language: str | None = None) -> list[str]:
    """The stems and runs of characters of a text; `language` is that of its Latin letters."""
    return _terms(text, language or latin_language(text), content=False)


def content_terms(text: str, language: str | None = None) -> frozenset[str]:
    """The terms of a text without articles, pronouns, auxiliaries and the like."""
    return frozenset(_terms(text, language or latin_language(text), content=True))


def terms_in(text: str, wanted: Collection[str], language: str) -> frozenset[str]:
    """Those of the wanted terms that a text has; quicker than all terms of the text."""
    plain = folded(text)
    runs = {term for term in wanted if RUNS.match(term)}
    present = {term for term in runs if term in plain}
    if len(runs) < len(wanted):
        words = RUNS.sub(" ", plain) if runs else plain
        present.update(_terms(words, language, content=False))
    return frozenset(present.intersection(wanted))


def _terms(text: str, language: str, *, content: bool) -> list[str]:
    text = folded(text)
    if text.isascii():
        return list(_analyzer(language, content, False).analyze(text))
    own_script = _OWN_SCRIPT.search(text) is not None
    words = _ARABIC_ARTICLE.sub("", RUNS.sub(" ", text))
    stems = _analyzer(language, content, own_script).analyze(words)
    return [*stems, *_grams(text, content=content)]


@cache
def _analyzer(language: str, content: bool, own_script: bool) -> tantivy.TextAnalyzer:
    """From text to stems: `content` drops stop words, `own_script` is for other scripts."""
    steps = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
    )
    if content:
        if LATIN[language].listed:
            steps = steps.filter(tantivy.Filter.stopword(language))
        steps = steps.filter(tantivy.Filter.custom_stopword(sorted(LATIN[language].asking)))
    if content and own_script:
        steps = steps.filter(tantivy.Filter.stopword("russian"))
        steps = steps.filter(tantivy.Filter.custom_stopword(OTHER_SCRIPTS))
    steps = steps.filter(tantivy.Filter.stemmer(language))
    if own_script:
        for other in OWN_STEMMERS:
            steps = steps.filter(tantivy.Filter.stemmer(other))
    if language != ENGLISH:  # "que hacia" means "qué hacía"
        steps = steps.filter(tantivy.Filter.ascii_fold())
    return steps.build()


def _grams(text: str, *, content: bool) -> list[str]:
    """The runs of characters of a folded text that are terms; with `content`, without grammar."""
    grams = []
    for match in RUNS.finditer(text):
        run = match[0]
        stem = _stem(run) if match["korean"] else 0
        size = min(TRIPLE if match["southeastern"] else PAIR, len(run))
        places = [(start, start + size) for start in range(len(run) - size + 1)]
        if size == PAIR and stem == 1:
            places.append((0, 1))
        if size == PAIR and not stem:
            # A single Chinese character may be a word, and matches another transliteration.
            places += [character.span() for character in _IDEOGRAPH.finditer(run)]
        is_grammar = stem and not _KOREAN_FUNCTION_WORDS.isdisjoint((run, run[:stem]))
        for start, end in places:
            term = run[start:end]
            # A Korean stem of one syllable may be half a word: 나이 is an age, and 나 is I.
            is_word = stem == 1 or end <= stem if stem else _has_content(term)
            if not content or (is_word and not is_grammar):
                grams.append(term)
    return grams


def _has_content(term: str) -> bool:
    if not _GRAMMAR.isdisjoint(term) or _HIRAGANA_ONLY.fullmatch(term):
        return False
    return not _MOSTLY_GRAMMAR.issuperset(term)


def _stem(run: str) -> int:
    """The number of syllables of a Korean word before its particle."""
    particle = _PARTICLE.search(run, 1)
    return particle.start() if particle else len(run)


KINDS = {
    term: kind
    for kind, words in {
        "dead": "dead dies died die dying death deaths kill killed kills killing killings"
        " fatalities fatality fatal toll perished",
        "hurt": "hurt injured injures injure injuries injury wounded wounds",
    }.items()
    for term in content_terms(words, ENGLISH)
}


@lru_cache(10_000)
def kinds_of(words: str) -> frozenset[str]:
    """The terms of some English words, the same for all words for death, and for injury."""
    return frozenset(KINDS.get(term, term) for term in content_terms(words, ENGLISH))
