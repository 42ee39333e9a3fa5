"""What stands in an article and says nothing that could answer: headings, greetings, bylines; pure.

Such a line keeps its place in the article and in the vectors of its passage, where it gives
context. It is only never quoted.
"""

from __future__ import annotations

import re
from itertools import pairwise

from retrieval.records import Passage, Span

LONGEST = 120  # characters
MOST_WORDS = 10
"""A line that is longer or has more words is taken for a sentence, whatever it lacks."""

MOST_OF_A_NAME = 3
"""Words up to which a line with one in -s is a name, such as "Excellent piano lessons"."""

_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_MARKS = re.compile(r"\A\s*(?:#{1,6}\s+(?:\d{1,2}[.)]\s+)?)?(?:[*_=~]+(?=\S))?|[*_=~#\s]*\Z")
_ENDS = re.compile(r"[.!?…。！？؟۔।:;：；][\"”’»)\]\s*_]*\Z")
_ASKS = re.compile(r"(?:who|whose|what|when|where|why|which|how)\b", re.IGNORECASE)
_TELLS = re.compile(r"[\d:：=€$£%@]|\s[-–—|]\s|,\s|\A[-–•*]\s")
"""Figures, a list, an item of one, and what is named and then told of, as in "Capital: Orle"."""

_NAME = r"(?:[^\W\d_a-zà-þа-я][\w'’.-]*)"
_GREETING = re.compile(
    r"(?i:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|liebe[rs]?"
    r"|sehr geehrte[rs]?|guten (?:morgen|tag|abend)|moin|bonjour|bonsoir|chère?s?|hola"
    r"|estimad[oa]s?|querid[oa]s?|buen[oa]s (?:días|tardes)|ciao|gentile|geachte"
    r"|уважаем\w+|здравствуйте|привет|добрый день)"
    rf"(?:[\s,]+(?:{_NAME}|(?i:all|both|everyone|everybody|team|friends?|amigos|folks|colleagues?|there|again"
    r"|sir|madam|list|members?|and|or|und|alle|et|tous|y|todos|e|и|все)\b)){0,5}\s*[,!:–—-]?"
)
_FAREWELL = re.compile(
    r"(?i:(?:with |all (?:the |my )?|my )?(?:best|kind(?:est)?|warm(?:est)?)"
    r"(?: (?:regards|wishes))?|regards|yours(?: (?:sincerely|faithfully|truly|ever))?"
    r"|sincerely(?: yours)?|cheers|cordially"
    r"|(?:many )?thanks(?: (?:again|a lot|so much|in advance))?|thank you(?: (?:again|so much))?"
    r"|love|take care|see you(?: (?:soon|then))?|talk soon|mfg|lg|vielen dank"
    r"|(?:mit )?(?:freundlichen?|besten?|herzlichen?|lieben?|viele) gr(?:ü|ue)(?:ß|ss)en?"
    r"|cordialement|bien à vous|amicalement|(?:un )?(?:cordial )?saludos?|atentamente|un abrazo"
    r"|(?:cordiali|distinti) saluti|met vriendelijke groet(?:en)?|с уважением|всего доброго)"
    rf"\s*[,.!]?(?:\s*\n\s*{_NAME}(?:\s{_NAME}){{0,3}})?"
)
_SIGNED = re.compile(rf"{_NAME}(?:\s{_NAME}){{0,3}}")
_BYLINE = re.compile(
    r"(?:(?i:by|von|par|por)|(?i:(?:story|text|words|report(?:ing)?|photos?|pictures?) by))"
    rf"(?:[\s,]+(?:{_NAME}|and|und|et|y|&|de|von|van|der|den|la|le|al|bin)){{1,8}}"
)

# A line with one of these says something, though it may lack its stop. What ends in -ed or -ing is
# taken for a verb as well, and so is a small word in -s of a longer line; of other languages than
# English only what is most common is known.
_VERBS = frozenset(
    "is are was were be been am has have had do does did will would can could may might must shall"
    " should won win said say told tell went go got get gave give took take made make came come"
    " found find left leave kept keep lost lose met meet became become began begin held hold fell"
    " fall rose rise sold sell saw see set cut put hit quit die died bought buy built build brought"
    " bring sent send stood stand ran run showed show open close plan backs struck strike sign ban"
    " call ask end start let i we you he she it they this that there"
    " ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können muss soll sagt"
    " sagte est sont était étaient a ont sera peut dit es son era eran fue fueron ha han puede dice"
    " è sono".split()
)


def says_nothing(text: str, passage: Passage, sentence: Span) -> bool:
    """Whether a sentence of a passage of `text` is a line that answers no question."""
    if sentence.end - sentence.start > LONGEST:
        return False
    line = _bare(text[sentence.start : sentence.end])
    if len(_WORD.findall(line)) > MOST_WORDS:
        return False
    if any(shape.fullmatch(line) for shape in (_GREETING, _FAREWELL, _BYLINE)):
        return True
    if sentence != passage.sentences[0]:
        return False
    below = text[sentence.end :].strip(" \t\r")
    if below.strip():
        return below[0] in "\n\u2029" and is_heading(line)
    above = text[: sentence.start].rstrip().rpartition("\n")[2]
    return bool(_SIGNED.fullmatch(line) and _FAREWELL.fullmatch(_bare(above)))


def is_heading(line: str) -> bool:
    """Whether a line that stands alone names what comes after it, and says nothing of it."""
    if _ENDS.search(line) or _TELLS.search(line) or not _LATIN.search(line):
        return False
    if _ASKS.match(line):
        return True
    words = _WORD.findall(line)
    if any(_is_verb(word) and before != "to" for before, word in pairwise(["", *words])):
        return False
    inner = words[1:-1] if len(words) > MOST_OF_A_NAME else []
    return not any(word.islower() and word.endswith("s") for word in inner)


def _is_verb(word: str) -> bool:
    return word.endswith(("ed", "ing")) or not _VERBS.isdisjoint(
        (word.lower(), word.lower().removesuffix("s"))
    )


def _bare(line: str) -> str:
    """A line without the marks of Markdown around it."""
    return _MARKS.sub("", line).strip()
