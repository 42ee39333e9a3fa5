"""Which of the names in a question say who is to be quoted, and not whom it is about; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retrieval.limits.names import Named
from retrieval.limits.telling import NOUNS, VERBS

REACH = 150  # characters around names that tell what part they play
THE = re.compile(r"\bthe ['‘’\"“”(]*\Z", re.IGNORECASE)
QUOTES = r"['‘’\"“”(]*"
_CAPITAL = r"\b(?-i:[A-Z])[\w.&|’'-]*+"
UNKNOWN = rf"(?:{_CAPITAL}(?: {_CAPITAL})*+)"
"""A name that the catalog does not have, among others that it has."""

JOINT = re.compile(
    rf"{QUOTES}(?:, ?| )(?:{UNKNOWN}, ?)*+(?:(?:and|or|&|as well as) )?"
    rf"(?:{UNKNOWN}(?:,? and|,? or|,) )?(?:both |the |from )*{QUOTES}"
)
BEFORE = re.compile(
    rf"\b(?:according to|as per|per|(?:any|some|no)thing (?:in|from|by)"
    rf"|sources (?:including|such as|like)|{VERBS}(?: \w+ly)? (?:in|by)"
    rf"|(?:published|posted|printed|featured|seen|read|appear(?:s|ed)?) (?:in|by|on)"
    rf"|(?:{NOUNS}|another(?: one)?)(?: (?:\w+ed|both))? (?:in|by|from))"
    rf"(?: (?:both|either|the|an?|sources|outlets|{NOUNS}|(?:\w+ )?{NOUNS} (?:in|by|from|of)))*"
    rf" {QUOTES}(?:(?:{UNKNOWN}{QUOTES}(?:, ?(?:and )?| and | or ))*(?:the )?{QUOTES})?\Z",
    re.IGNORECASE,
)
BEFORE_AUTHOR = re.compile(
    rf"\b(?:{NOUNS}|written|reported|published) (?:\w+ )?by {QUOTES}\Z", re.I
)
PASSIVE = re.compile(rf"\b(?:is|are|was|were|be|been|being) (?:the )?{QUOTES}\Z", re.IGNORECASE)
LIKE_NEW = (
    r"(?:recent|latest|earlier|later|first|second|third|original|own|new|separate|other|previous"
    r"|subsequent|same|sports?|business|technology|tech|politics|opinion|health|live|online)"
)
ADVERBS = r"(?:(?:also|first|then|later|itself|ever|already|has|have|had|did|does|not|\w+ly) ){0,3}"
ITS_ARTICLE = re.compile(
    rf"{QUOTES}(?:(?<=['’])s?| ?['’]s?)(?: [\w’'-]+){{0,4}}? {NOUNS}\b"
    rf"|{QUOTES}(?: {LIKE_NEW}){{0,2}} {NOUNS}\b",
    re.IGNORECASE,
)
SAYS = re.compile(
    rf"{QUOTES} {ADVERBS}(?:{VERBS}\b(?!(?<=ed) (?:by|for)\b| to (?:be|have)\b)"
    r"|(?:have|has) (?:on|about|to say)\b|tells? (?:us|me|of|about)\b)",
    re.IGNORECASE,
)
WRITES = re.compile(rf"{QUOTES} {ADVERBS}(?:writ|wrote)\w*\b", re.IGNORECASE)


def quoted(question: str, publishers: Sequence[Named]) -> list[Named]:
    """The publishers whose word is asked for: "according to X and Y", "what did X say"."""
    found = []
    for group in _groups(question, publishers):
        before, after = _around(question, group)
        says = SAYS.match(after) and not PASSIVE.search(before)
        if BEFORE.search(before) or ITS_ARTICLE.match(after) or says:
            found += group
    return found


def writing(question: str, authors: Sequence[Named]) -> list[Named]:
    """The authors whose articles are asked for: "what did X write", "in an article by X"."""
    found = []
    for group in _groups(question, authors):
        before, after = _around(question, group)
        if BEFORE_AUTHOR.search(before) or ITS_ARTICLE.match(after) or WRITES.match(after):
            found += group
    return found


def _around(question: str, group: Sequence[Named]) -> tuple[str, str]:
    """What stands before a row of names, without its "the", and what after it."""
    before = question[max(group[0].span.start - REACH, 0) : group[0].span.start]
    return THE.sub("", before), question[group[-1].span.end :][:REACH]


def _groups(question: str, named: Sequence[Named]) -> Iterator[list[Named]]:
    """Names that are told in a row, as "X, Y and Z", play one part."""
    group: list[Named] = []
    for one in named:
        if group and not JOINT.fullmatch(question[group[-1].span.end : one.span.start]):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
