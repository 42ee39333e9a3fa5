"""Languages: which one a text is in, and which of its words carry no meaning of their own.

A script tells most of them; those written in Latin letters are told by their function words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

ENGLISH = "english"
"""What is taken for the language of a text in Latin letters that does not tell."""

READ = 3_000
"""Characters of a text that tell its language."""

LEAST_LEAD = 2
"""Function words of another language that outweigh English: one may stand in any name."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language in Latin letters.

    `function_words` are its most frequent ones, by which it is told. `asking` are those that ask,
    and auxiliaries, which tantivy's own list of stop words lacks; `listed` if it has such a list.
    """

    function_words: frozenset[str]
    asking: frozenset[str]
    listed: bool = True


def _language(function_words: str, asking: str, *, listed: bool = True) -> Language:
    return Language(frozenset(function_words.split()), frozenset(asking.split()), listed)


LATIN = {
    ENGLISH: _language(
        "the of and to in is was for that with on as by at from are were his he it be which this"
        " an have had has not but or their its who when what how where why did does do about into"
        " been will would after one there they we you can many much during between",
        "what which who whom whose when where why how do does did done doing have has had having"
        " i you he she we me my your his her our us them about can could would should may might"
        " must shall were been am from than so s t tell say says said many much there before after"
        " since until during",
    ),
    "german": _language(
        "der die das und den von zu mit sich des auf für ist im dem nicht ein eine als auch es an"
        " werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so"
        " zum war haben nur oder aber vor zur bis mehr durch wurde wurden in was wer wo wann warum"
        " welche welcher welches welchem welchen wieviele viele beim gegen wen wem seine ihre",
        "wer wen wem wessen was wann wo wohin woher warum wieso weshalb wie wieviel wieviele viel"
        " viele welche welcher welches welchem welchen wurde wurden worden wird werden hat konnte"
        " konnten kann gab gibt",
    ),
    "spanish": _language(
        "el la de que y en un los se del las por con una para su al es lo como más o fue este ha"
        " sus le pero entre cuando muy sin sobre también hasta desde donde no qué quién cuándo"
        " cuál cuáles cuánto cuántos cuántas cuánta cómo dónde quiénes era son",
        "qué quién quiénes cuándo dónde cuál cuáles cuánto cuánta cuántos cuántas cómo cuales cual"
        " cuanto cuanta cuantos cuantas fue fueron era eran ha han había hay tiene tienen tuvo",
    ),
    "french": _language(
        "le la les des et en un une du est que qui dans pour au il sur par plus ne se pas ce son"
        " sont avec aux cette ont était été a de mais elle ou nous où quand quel quelle quels"
        " quelles comment pourquoi combien d l qu",
        "quoi quand où comment pourquoi combien est a ont quel quelle quels quelles qui que était"
        " étaient sont avait fut lequel laquelle",
    ),
    "italian": _language(
        "il di che la è e un in per una del con non sono si della al da le dei nel alla gli i più"
        " come anche lo ha delle dal ma ed su degli nella era stato chi cosa quale quali quando"
        " dove perché quanto quanti quante",
        "chi cosa quale quali quando dove come perché quanto quanta quanti quante è sono era erano"
        " ha hanno stato stata stati state qual",
    ),
    "portuguese": _language(
        "o de que e do da em um para com não uma os no se na por mais as dos como mas ao das à"
        " seu sua ou quando muito nos já também foi são pelo pela até isso ela entre quem qual"
        " quais onde quanto quantos quantas é",
        "quem que qual quais quando onde como porque porquê quanto quanta quantos quantas foi"
        " foram era eram é são tem têm há havia",
    ),
    "dutch": _language(
        "de het een van en in is dat op te zijn met voor die niet aan er om ook als bij door naar"
        " maar uit werd wordt hij ze over tot was of heeft worden dit deze wie wat waar wanneer"
        " waarom hoe welke hoeveel",
        "wie wat waar wanneer waarom hoe welke welk hoeveel veel is zijn was waren werd werden"
        " wordt worden heeft hebben had",
    ),
    "swedish": _language(
        "och i att det som en på är av för med den till ett om har inte de från men så var kan"
        " sig han hon vid ut när vad vem hur eller också under efter skulle vilken vilket",
        "vem vad var när varför hur vilken vilket vilka många mycket är har hade blev finns",
    ),
    "danish": _language(
        "og i at det som en på er af for med den til et om har ikke de fra men så var kan sig han"
        " hun ved ud når hvad hvem hvor eller også under efter skulle blev hvilken hvornår nogle",
        "hvem hvad hvor hvornår hvorfor hvordan hvilken hvilket hvilke mange meget er har blev",
    ),
    "norwegian": _language(
        "og i at det som en på er av for med den til et om har ikke de fra men så var kan seg han"
        " hun ved ut når hva hvem hvor eller også under etter skulle ble hvilken noen ei",
        "hvem hva hvor når hvorfor hvordan hvilken hvilket hvilke mange mye er har ble",
    ),
    "finnish": _language(
        "ja on ei että se hän oli olivat kun mutta myös joka jotka tai niin kuin ovat sen vuonna"
        " mukaan jossa jonka mitä missä milloin kuka miksi miten mikä kuinka ole ollut",
        "kuka ketkä mikä mitkä missä mistä mihin milloin miksi miten kuinka mitä onko montako",
    ),
    "hungarian": _language(
        "a az és hogy nem is egy volt meg ez de van ki mint csak azt már még vagy mi el volna"
        " amely után szerint között mikor hol miért hogyan hány melyik",
        "ki kik mi mik hol hová honnan mikor miért hogyan hány mennyi melyik volt voltak van",
    ),
    "romanian": _language(
        "și în de la a cu pe nu este un o că din pentru care au fost mai sau dar prin se ce sunt"
        " lui după ale cel cea când unde cine cum câți câte",
        "și în de la a cu pe nu este un o că din pentru care au fost mai sau dar prin se ce sunt"
        " lui după ale al ai cel cea când unde cine cum câți câte cât câtă ce",
        listed=False,
    ),
    "turkish": _language(
        "ve bir bu da de için ile olarak olan daha çok gibi sonra kadar ne en ise değil ama veya"
        " tarafından vardır oldu kim nerede nasıl neden kaç hangi mi mı",
        "ve bir bu da de için ile olarak olan daha çok gibi sonra kadar ne en ise değil ama veya"
        " tarafından kim kimdir nerede nereye nasıl neden niçin kaç hangi mi mı mu mü ne nedir",
        listed=False,
    ),
}
"""By the name of tantivy's stemmer. English comes first: it wins where others have as many words"""

OTHER_SCRIPTS = """
    какое какие какая какой каких какого какому каком какую каким какими почему сколько откуда куда
    зачем чей чья чьё чьи который которая которое которые которых которого это этот эта эти был была
    было были является являются
    من في على إلى عن ما ماذا متى أين كيف لماذا هل كم أي أية هو هي هم التي الذي الذين هذا هذه ذلك تلك
    كان كانت كانوا و أو ثم قد لا لم لن إن أن كل بعد قبل بين مع عند حتى غير تم منذ كما لقد ليس مما
    فيه فيها به بها له لها بأن لأن الى اي او ان اين
    ο η το οι τα του της των τον την και στο στη στην στον στα στις στους να με σε για από που πως
    πώς τι ποιος ποια ποιο ποιοι ποιες πότε πού πόσο πόσα πόσοι πόσες είναι ήταν ένα ένας μια μία
    δεν θα ως αν ή
""".split()
"""Stop words of languages that have a script, and with it a stemmer, to themselves, and none or too
short a list in tantivy."""

_WORD = re.compile(r"[^\W\d_]{2,}")


def latin_language(text: str) -> str:
    """The language of a text in Latin letters, as its function words tell; English in doubt."""
    return _latin_language(text[:READ])


@lru_cache(1_024)
def _latin_language(text: str) -> str:
    words = frozenset(word.lower() for word in _WORD.findall(text))
    counts = {name: len(language.function_words & words) for name, language in LATIN.items()}
    likeliest = max(counts, key=counts.__getitem__)
    if counts[likeliest] >= counts[ENGLISH] + LEAST_LEAD:
        return likeliest
    # "Wer erzielte einen Treffer?" has room for one more only.
    asks = text.endswith("?") and not LATIN[likeliest].asking.isdisjoint(words)
    return likeliest if asks and counts[likeliest] > counts[ENGLISH] else ENGLISH


# -- scripts

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
    spaced = [word for word in _UNSPACED.sub(" ", text).split() if re.search(r"\w", word)]
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
