"""Publishers and authors that a question names, in the forms people use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from retrieval.records import Span
from retrieval.words import content_terms

INITIALS = {
    "AP": "Associated Press",
    "BBC": "British Broadcasting Corporation",
    "FT": "Financial Times",
    "NYT": "New York Times",
    "WSJ": "Wall Street Journal",
    "WaPo": "Washington Post",
}
"""What stands for a publisher's name, and may be its name; other initials come from the names."""

LONGEST_NAME = 12  # words

NOUN = (
    r"(?:articles?|reports?|reporting|stor(?:y|ies)|pieces?|coverage|reviews?|columns?|interviews?"
    r"|editorials?|op-eds?|accounts?|guides?|posts?|analys[ie]s|investigations?|newsletters?"
    r"|podcasts?|write-?ups?|features?|profiles?|essays?|obituar(?:y|ies)|recaps?|news)"
)
"""What publishers publish."""

VERB = (
    r"(?:sa(?:ys?|id|ying)|writ(?:es?|ing|ten)|wrote|not(?:es?|ed|ing)|impl(?:y|ies|ied|ying)"
    r"|identif(?:y|ies|ied)|stat(?:es|ed|ing)|refer(?:s|red)?|(?:report|claim|suggest|describ|argu"
    r"|mention|portray|discuss|explain|indicat|emphasi[sz]|attribut|highlight|characteri[sz]|cit"
    r"|publish|cover|quot|detail|warn|estimat|recommend|conclud|reveal|predict|posit|credit|print"
    r"|confirm|present|focus|alleg|assert|featur|accus|anticipat|reflect|review)(?:e?s?|ed|ing))"
)
"""What publishers do."""

_WORD = re.compile(r"[^\W_]+")
_SECTION = re.compile(r"\s*[|·»]\s*|\s+[-–—]\s+|:\s+")
_DOMAIN = re.compile(r"(?:www\.)?([\w.-]+?)\.(?:[a-z]{2,3}\.)?(?:com|org|net|[a-z]{2})", re.I)
_CO_AUTHORS = re.compile(r"^by |\s*[,;/&|]\s*| and ", re.IGNORECASE)
_WITHIN_NAME = re.compile(r"[^,;?!()\[\]\"“”„\n]{0,4}")
_SPEAKS = re.compile(rf"{NOUN}|{VERB}", re.IGNORECASE)
_ADVERB = re.compile(r"\w+ly|last|first|then|later|yesterday|today", re.IGNORECASE)
_MINOR = frozenset("the of and for a an".split())
_OTHER_MEANING = frozenset(
    "administration council english government house kingdom nations state union world".split()
)
"""Last words of names that alone mean something else: "the House" passed a bill."""
_UNDECOMPOSED = str.maketrans("øłđı", "oldi")

Forms = Mapping[str, tuple[str, ...]]
"""Names of the catalog by what people call them: whole names as `key_of` gives them, "AP", "the
Gazette" for the only Gazette, and "… odell" for the only author whose last name is O'Dell."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at `span` of a question, and the names of the catalog that it stands for."""

    span: Span
    names: tuple[str, ...]
    is_last_name: bool = False


class Word(NamedTuple):
    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text, without the s of a genitive."""
    return [
        Word(match[0], *match.span())
        for match in _WORD.finditer(text)
        if not (match[0] in ("s", "S") and text[match.start() - 1 : match.start()] in ("'", "’"))
    ]


def key_of(words: Iterable[Word]) -> str:
    """Words without accents, case, and what stands between them; "and" is left out as "&" is."""
    text = "".join(word.text for word in words if word.text.lower() != "and").casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


# -- the forms of the catalog's names


def publisher_forms(publishers: Iterable[str]) -> Forms:
    """The forms of publishers; initials and last words only where one publisher has them."""
    whole: dict[str, dict[str, None]] = {}
    short: dict[str, dict[str, str]] = {}  # a form, and the key of the publisher of each name
    having: dict[str, set[str]] = {}  # the keys of the publishers that have a word
    for name in publishers:
        head = _SECTION.split(name)[0]
        domain = _DOMAIN.fullmatch(head)
        words = _without_the(words_of(head))
        key = key_of(words)
        for form in (name, head, domain[1] if domain else head):
            for part in (words_of(form), _without_the(words_of(form))):
                whole.setdefault(key_of(part), {})[name] = None
        for initials, long in INITIALS.items():
            if key == key_of(words_of(long)):
                short.setdefault(initials, {})[name] = key
            elif initials.lower() in (key, words[0].text.lower() if words else ""):
                whole.setdefault(key_of(words_of(long)), {})[name] = None
        for form in (*_initials(words), *(() if domain else _last_word(words))):
            short.setdefault(form, {})[name] = key
        for word in words:
            having.setdefault(word.text.lower(), set()).add(key)
    whole.pop("", None)
    for form, names in short.items():
        last = form.removeprefix("the ").lower()
        if last not in whole and len({*names.values()} | having.get(last, set())) == 1:
            whole[form] = dict.fromkeys(names)
    return {form: tuple(names) for form, names in whole.items()}


def author_forms(authors: Iterable[str]) -> Forms:
    """The forms of authors, some of whom share a name: "By Carl Voss and Ann Lee"."""
    found: dict[str, dict[str, None]] = {}
    people: dict[str, set[str]] = {}
    for name in authors:
        for person in _CO_AUTHORS.split(name):
            if len(words_of(person)) > 1:
                key, last = key_of(words_of(person)), key_of(words_of(person.split()[-1]))
                people.setdefault(f"… {last}", set()).add(key)
                for form in (key, f"… {last}"):
                    found.setdefault(form, {})[name] = None
    return {form: tuple(names) for form, names in found.items() if len(people.get(form, "1")) == 1}


def _initials(words: Sequence[Word]) -> Iterator[str]:
    """The initials of three words or more, with and without that of "of"; and what is initials
    itself, as the first word of "BBC News"."""
    for letters in (
        [word.text[0] for word in words],
        [word.text[0] for word in words if word.text.lower() not in _MINOR],
    ):
        if len(letters) > 2:
            yield "".join(letters).upper()
    if len(words) > 1 and 2 < len(words[0].text) < 6 and words[0].text.isupper():
        yield words[0].text


def _last_word(words: Sequence[Word]) -> Iterator[str]:
    """ "the Gazette", but not "the India" for "Times of India" or "the UK" for "Metro UK"."""
    last = words[-1].text if len(words) > 1 else ""
    has_minor = not _MINOR.isdisjoint(word.text.lower() for word in words)
    if last.istitle() and not has_minor and last.lower() not in _OTHER_MEANING:
        yield f"the {last}"


def _without_the(words: Sequence[Word]) -> Sequence[Word]:
    return words[1:] if len(words) > 1 and words[0].text.lower() == "the" else words


# -- the names in a question, and one given as an option


def find_names(question: str, forms: Forms) -> list[Mention]:
    """The names in a question, in order; at each place the longest."""
    words = words_of(question)
    apart = [not _WITHIN_NAME.fullmatch(question[a.end : b.start]) for a, b in pairwise(words)]
    found: list[Mention] = []
    for first in range(len(words)):
        if found and words[first].start < found[-1].span.end:
            continue
        longest = None
        for last in range(first, min(first + LONGEST_NAME, len(words))):
            if last > first and apart[last - 1]:
                break
            longest = _mention(question, words, first, last, forms) or longest
        if longest:
            found.append(longest)
    return found


def publishers_called(name: str, publishers: Sequence[str], forms: Forms) -> tuple[str, ...]:
    """The publishers that a name given as an option means."""
    words = words_of(name)
    last = key_of(_without_the(words)).capitalize()
    keys = (key_of(words), name.upper().replace(".", ""), f"the {last}")
    return (name,) if name in publishers else next((forms[key] for key in keys if key in forms), ())


def _mention(
    question: str, words: Sequence[Word], first: int, last: int, forms: Forms
) -> Mention | None:
    """What the words from the first to the last name, unless a longer name has them."""
    span = Span(words[first].start, words[last].end)
    text = question[slice(*span)]
    if "and" in (words[first].text, words[last].text):
        return None  # it joins names as often as it stands in them
    key = key_of(words[first : last + 1])
    names = forms.get(key) or forms.get(text.replace(".", "") if " " not in text else "")
    is_last_name = False
    if not names and text[:4].lower() == "the " and not _goes_on(question, words, last):
        names = forms.get(f"the {text[4:]}")
    if not names and text[0].isupper():
        names = forms.get(f"… {key}")
        is_last_name = names is not None
    if not names or _is_part_of_another(question, words, first, last, is_last_name):
        return None
    return Mention(span, names, is_last_name)


def _is_part_of_another(
    question: str, words: Sequence[Word], first: int, last: int, is_last_name: bool
) -> bool:
    """Whether a longer name has the words: "North Kelm Post", "Times of Orle", "J. Fenn"."""
    start, end = words[first].start, words[last].end
    if first > (0 if is_last_name else 1):
        before = words[first - 1]
        between = question[before.end : start]
        begins = question[: before.start].rstrip(" '\"‘“")[-1:] in (".", "?", "!", ":")
        if is_last_name and len(before.text) == 1 and between in (" ", ". "):
            return True
        if (
            between == " "
            and not before.text.islower()
            and not begins
            and content_terms(before.text)
        ):
            return True
    if last + 1 < len(words) and question[end : words[last + 1].start] == " ":
        after = words[last + 1].text
        if after == "of" and last + 2 < len(words):
            return not words[last + 2].text.islower()
        return not after.islower() and not _SPEAKS.fullmatch(after) and bool(content_terms(after))
    return False


def _goes_on(question: str, words: Sequence[Word], last: int) -> bool:
    """Whether "the Post" is only the beginning, as in "the Post office"."""
    if last + 1 == len(words) or question[words[last].end : words[last + 1].start] != " ":
        return False
    after = words[last + 1].text
    return not (_SPEAKS.fullmatch(after) or _ADVERB.fullmatch(after)) and bool(content_terms(after))
