"""Whether a line tells of others, as an article does, or turns to its reader, as a box does.

"Sign up for our newsletter" asks; "Sign up for the army, the general begged" tells.
"""

from __future__ import annotations

import re

_TELLS = re.compile(
    # What somebody said, found or thought.
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells?)|plead(?:ed|s)|ask(?:ed|s)|urge[ds]|warn(?:ed|s)|promise[ds]|begged|begs"
    r"|wrote|writes|f(?:ound|inds)|ruled|rules\sthat|argue[ds]|advise[ds]|insist(?:ed|s)|claim(?:ed|s)"
    r"|added|adds|noted|explain(?:ed|s)|demand(?:ed|s)|declare[ds]|announce[ds]|replied|replies\sthat"
    r"|suggest(?:ed|s)|recall(?:ed|s)|shout(?:ed|s)|cried|joke[ds]|quipped|admit(?:s|ted)"
    r"|believe[ds]?|thought|thinks|held|heard|according\sto|testified|complain(?:ed|s)|vowed"
    r"|hoped|hopes|fear(?:ed|s)|agreed|refused|decided|mocked|sneered|swore|sang|reads?:"
    r"|(?:sign|note|poster|letter|message|banner|leaflet|text|notice|billboard)s?\sread"
    # "…, the pilots pleaded".
    r"|(?<=,\s)(?:the|an?|one|his|their)\s(?:[\w'’-]+\s){1,4}\w+ed"
    # What others did, or what once was.
    r"|was|were|had|did|didn['’]t|wasn['’]t|weren['’]t|hadn['’]t|would(?:n['’]t)?"
    r"|he|she|him|his|hers?|they|went|came|fell|rose|lost|took|gave|became|began)\b",
    re.IGNORECASE,
)
# In a sentence a person or thing has an article, and the verb is in the past; headlines say "says".
_REPORTS = re.compile(
    r"^(?:The|A|An|It|He|She|They|In|On|At|His|Her|Its|Their)\s.*"
    r"\b(?:said|told|was|were|had|did|would|could|asked|wrote|added|argued|warned|urged)\b"
)
FEWEST_SPACES = 6
_ADDRESSES = re.compile(r"\b(?:you|yours?|our|ours|us|we|me|my)\b", re.IGNORECASE)


def tells(line: str) -> bool:
    """Whether a line tells what others said or did; boxes speak of the present and of "you"."""
    return _TELLS.search(line) is not None


def addresses(line: str) -> bool:
    """Whether a line speaks to its reader, or of those who made the page."""
    return _ADDRESSES.search(line) is not None


def is_report(line: str) -> bool:
    """Whether a line without a full stop reports what was said: no headline is so long-winded."""
    return line.count(" ") >= FEWEST_SPACES and _REPORTS.search(line) is not None
