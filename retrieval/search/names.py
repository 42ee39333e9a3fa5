"""Publishers and authors that a question names, and which of them it wants to be quoted."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.records import Span
from retrieval.text.terms import content_terms

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

_WORD = re.compile(r"(?<!['’])[^\W_]+|(?<=['’])(?![sS]\b)[^\W_]+")  # without the s of a genitive
_SECTION = re.compile(r"\s*[|·»]\s*|\s+[-–—]\s+|:\s+")
_DOMAIN = re.compile(r"(?:www\.)?([\w.-]+?)\.(?:[a-z]{2,3}\.)?(?:com|org|net|[a-z]{2})", re.I)
_CO_AUTHORS = re.compile(r"^by |\s*[,;/&|]\s*| and ", re.IGNORECASE)
_WITHIN_NAME = re.compile(r"[^,;?!()\[\]\"“”„\n]{0,4}")
_SPEAKS = re.compile(rf"{NOUN}|{VERB}", re.IGNORECASE)
_ADVERB = re.compile(r"\w+ly|last|first|then|later|yesterday|today", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"(?:([^\s'\"‘“]) ['\"‘“]?)?([^\W_]+)(?: |\. ?)\Z")
_WORD_AFTER = re.compile(r" (?:of )?([^\W_]+)")
_MINOR = frozenset("the of and for a an".split())
_OTHER_MEANING = frozenset(
    "administration council english government house kingdom nations state union world".split()
)
"""Last words of names that alone mean something else: "the House" passed a bill."""
_UNDECOMPOSED = str.maketrans("øłđı", "oldi")

Forms = Mapping[str, tuple[str, ...]]
"""Names of the catalog by what people call them: whole names as `_key` gives them, "AP", "the
Gazette" for the only Gazette, and "… odell" for the only author whose last name is O'Dell."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at `span` of a question, and the names of the catalog that it stands for."""

    span: Span
    names: tuple[str, ...]
    is_last_name: bool = False


def _words(name: str) -> list[str]:
    """The words of a name, without "the" at its beginning."""
    words = _WORD.findall(name)
    return words[1:] if len(words) > 1 and words[0].lower() == "the" else words


def _key(words: Iterable[str]) -> str:
    """Words without accents, case, and what stands between them; "and" is left out as "&" is."""
    text = "".join(word for word in words if word.lower() != "and").casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


# -- the forms of the catalog's names


def publisher_forms(publishers: Iterable[str]) -> Forms:
    """The forms of publishers; initials and last words only where one publisher has them."""
    forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
    short: defaultdict[str, dict[str, str]] = defaultdict(dict)  # and the key of each name
    keys_with: defaultdict[str, set[str]] = defaultdict(set)  # by a word of theirs
    for name in publishers:
        head = _SECTION.split(name)[0]
        domain = _DOMAIN.fullmatch(head)
        words = _words(head)
        key = _key(words)
        for form in (name, head, domain[1] if domain else head):
            forms[_key(_words(form))][name] = None
        for initials, long in INITIALS.items():
            if key == _key(_words(long)):
                short[initials][name] = key
            elif initials.lower() in (key, "".join(words[:1]).lower()):
                forms[_key(_words(long))][name] = None
        for form in _short_forms(words, has_last_word=not domain):
            short[form][name] = key
        for word in words:
            keys_with[word.lower()].add(key)
    forms.pop("", None)
    for form, names in short.items():
        last = form.removeprefix("the ").lower()
        if last not in forms and len({*names.values()} | keys_with[last]) == 1:
            forms[form] = dict.fromkeys(names)
    return {form: tuple(names) for form, names in forms.items()}


def author_forms(authors: Iterable[str]) -> Forms:
    """The forms of authors, some of whom share a name: "By Carl Voss and Ann Lee"."""
    forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
    people: defaultdict[str, set[str]] = defaultdict(set)
    for name in authors:
        for person in _CO_AUTHORS.split(name):
            if len(_WORD.findall(person)) > 1:
                key, last = _key(_WORD.findall(person)), _key(_WORD.findall(person.split()[-1]))
                people[f"… {last}"].add(key)
                forms[key][name] = forms[f"… {last}"][name] = None
    return {form: tuple(names) for form, names in forms.items() if len(people.get(form, "1")) == 1}


def _short_forms(words: Sequence[str], *, has_last_word: bool) -> Iterator[str]:
    """The initials of three words or more, with and without that of "of"; what is initials itself,
    as in "BBC News"; and "the Gazette", but not "the India" for "Times of India"."""
    major = [word for word in words if word.lower() not in _MINOR]
    for letters in ([word[0] for word in words], [word[0] for word in major]):
        if len(letters) > 2:
            yield "".join(letters).upper()
    if len(words) > 1 and 2 < len(words[0]) < 6 and words[0].isupper():
        yield words[0]
    last = words[-1] if len(words) > 1 and has_last_word and len(major) == len(words) else ""
    if last.istitle() and last.lower() not in _OTHER_MEANING:
        yield f"the {last}"


# -- the names in a question, and one given as an option


def find_names(question: str, forms: Forms) -> list[Mention]:
    """The names in a question, in order; at each place the longest."""
    words = list(_WORD.finditer(question))
    keys = [_key([word[0]]) for word in words]
    ends_name = [
        not _WITHIN_NAME.fullmatch(question[word.end() : next_word.start()])
        for word, next_word in pairwise(words)
    ]
    mentions: list[Mention] = []
    for first, word in enumerate(words):
        if mentions and word.start() < mentions[-1].span.end:
            continue
        longest = None
        for last in range(first, min(first + LONGEST_NAME, len(words))):
            if last > first and ends_name[last - 1]:
                break
            span = Span(word.start(), words[last].end())
            begins = first + (keys[first] == "the" and last > first)
            key = "".join(keys[begins : last + 1])
            longest = _mention(question, span, key, forms) or longest
        if longest:
            mentions.append(longest)
    return mentions


def publishers_called(name: str, publishers: Sequence[str], forms: Forms) -> tuple[str, ...]:
    """The publishers that a name given as an option means."""
    key = _key(_words(name))
    keys = (key, name.upper().replace(".", ""), f"the {key.capitalize()}")
    return (name,) if name in publishers else next((forms[key] for key in keys if key in forms), ())


def _mention(question: str, span: Span, key: str, forms: Forms) -> Mention | None:
    """What the words at a span, with this key, name, unless a longer name has them."""
    text = question[slice(*span)]
    if text.startswith("and ") or text.endswith(" and"):
        return None  # it joins names as often as it stands in them
    is_last_name = False
    names = forms.get(key) or forms.get("" if " " in text else text.replace(".", ""))
    if not names and text[:4].lower() == "the " and not _goes_on(question[span.end :]):
        names = forms.get(f"the {text[4:]}")
    if not names and text[0].isupper():
        names, is_last_name = forms.get(f"… {key}"), True
    if not names or _is_part_of_another(question, span, is_last_name):
        return None
    return Mention(span, names, is_last_name)


def _is_part_of_another(question: str, span: Span, is_last_name: bool) -> bool:
    """Whether a longer name has the words: "North Kelm Post", "Times of Orle", "J. Fenn"."""
    before, after = _WORD_BEFORE.search(question[: span.start]), question[span.end :]
    if before and not before[2].islower() and (content_terms(before[2]) or is_last_name):
        within_sentence = before[1] is not None and before[1] not in ".?!:"
        if (within_sentence and before[0].endswith(f"{before[2]} ")) or is_last_name:
            return True
    next_word = _WORD_AFTER.match(after)
    if not next_word or next_word[1].islower() or not content_terms(next_word[1]):
        return False
    return after.startswith(" of ") or not _SPEAKS.fullmatch(next_word[1])


def _goes_on(after: str) -> bool:
    """Whether "the Post" is only the beginning, as in "the Post office"."""
    next_word = re.match(r" ([^\W_]+)", after)
    if not next_word or _SPEAKS.fullmatch(next_word[1]) or _ADVERB.fullmatch(next_word[1]):
        return False
    return bool(content_terms(next_word[1]))


# -- who is to be quoted, and not whom the question is about

_REACH = 150  # characters around a name that show its part
_MARKS = r"['‘’\"“”(]*"
_CAPITAL = r"\b(?-i:[A-Z])[\w.&|’'-]*+"
_UNKNOWN = rf"(?:{_CAPITAL}(?: {_CAPITAL})*+)"  # a publisher that has no articles here
_THE = re.compile(rf"\bthe {_MARKS}\Z", re.IGNORECASE)
_JOINT = re.compile(
    rf"{_MARKS}(?:, ?| )(?:{_UNKNOWN}, ?)*+(?:(?:and|or|&|as well as) )?"
    rf"(?:{_UNKNOWN}(?:,? and|,? or|,) )?(?:both |the |from )*{_MARKS}"
)
_ACCORDING_TO = re.compile(
    rf"\b(?:according to|as per|per|(?:any|some|no)thing (?:in|from|by)"
    rf"|sources (?:including|such as|like)|{VERB}(?: \w+ly)? (?:in|by)"
    rf"|(?:published|posted|printed|featured|seen|read|appear(?:s|ed)?) (?:in|by|on)"
    rf"|(?:{NOUN}|another(?: one)?)(?: (?:\w+ed|both))? (?:in|by|from))"
    rf"(?: (?:both|either|the|an?|sources|outlets|{NOUN}|(?:\w+ )?{NOUN} (?:in|by|from|of)))*"
    rf" {_MARKS}(?:(?:{_UNKNOWN}{_MARKS}(?:, ?(?:and )?| and | or ))*(?:the )?{_MARKS})?\Z",
    re.IGNORECASE,
)
_ARTICLE_BY = re.compile(rf"\b(?:{NOUN}|written|reported|published) (?:\w+ )?by {_MARKS}\Z", re.I)
_IS = re.compile(rf"\b(?:is|are|was|were|be|been|being) (?:the )?{_MARKS}\Z", re.IGNORECASE)
_ITS_ARTICLE = re.compile(
    rf"{_MARKS}(?:(?<=['’])s?| ?['’]s?)(?: [\w’'-]+){{0,4}}? {NOUN}\b"
    r"|['‘’\"“”(]*(?: (?:recent|latest|earlier|later|first|second|third|original|own|new|separate"
    r"|other|previous|subsequent|same|sports?|business|technology|tech|politics|opinion|health"
    rf"|live|online)){{0,2}} {NOUN}\b",
    re.IGNORECASE,
)
_ADVERBS = (
    r"(?:(?:also|first|then|later|itself|ever|already|has|have|had|did|does|not|\w+ly) ){0,3}"
)
_SAYS = re.compile(
    rf"{_MARKS} {_ADVERBS}(?:{VERB}\b(?!(?<=ed) (?:by|for)\b| to (?:be|have)\b)"
    r"|(?:have|has) (?:on|about|to say)\b|tells? (?:us|me|of|about)\b)",
    re.IGNORECASE,
)
_WRITES = re.compile(rf"{_MARKS} {_ADVERBS}(?:writ|wrote|report|cover|publish)\w*\b", re.IGNORECASE)


def quoted(question: str, publishers: Sequence[Mention]) -> list[Mention]:
    """The publishers whose word is asked for: "according to X and Y", "what did X say"."""
    return [
        mention
        for row, before, after in _rows(question, publishers)
        if _ACCORDING_TO.search(before)
        or _ITS_ARTICLE.match(after)
        or (_SAYS.match(after) and not _IS.search(before))
        for mention in row
    ]


def writing(question: str, authors: Sequence[Mention]) -> list[Mention]:
    """The authors whose articles are asked for: "what did X write", "in an article by X"."""
    return [
        mention
        for row, before, after in _rows(question, authors)
        for mention in row
        if _ARTICLE_BY.search(before)
        or _WRITES.match(after)
        or (_ITS_ARTICLE.match(after) and not mention.is_last_name)
    ]


def _rows(question: str, mentions: Sequence[Mention]) -> Iterator[tuple[list[Mention], str, str]]:
    """Names in a row, as "X, Y and Z", with what stands before them, without "the", and after."""
    rows: list[list[Mention]] = []
    for mention in mentions:
        if rows and _JOINT.fullmatch(question[rows[-1][-1].span.end : mention.span.start]):
            rows[-1].append(mention)
        else:
            rows.append([mention])
    for row in rows:
        start, end = row[0].span.start, row[-1].span.end
        before = _THE.sub("", question[max(start - _REACH, 0) : start])
        yield row, before, question[end : end + _REACH]
