"""What boxes between the paragraphs of a page say.

Losing a sentence of an article is worse than keeping a button.
"""

from __future__ import annotations

import re

LONGEST = 240  # characters

# All of a line, without a full stop: as an answer, "Listen." would have one.
_BUTTON = re.compile(
    r"""(?:advertisement|advertising|sponsored(?:\scontent)?|anzeige|werbung|publicidad|publicité
    |реклама|广告|広告|(?:story|article)\scontinues\sbelow.{0,20}|(?:most\sread|read\smore|subscribe)
    |(?:related|see\salso)(?:\s(?:stories|articles|news))?|(?:sign|log)\s?in|register|\(end\)
    |(?:listen|play|watch)(?:\s(?:to|the)\s(?:this\s)?(?:article|story|video|audio))?
    |\d{1,3}[\s-]min(?:ute)?s?\sread|(?:\d{1,6}\s)?comments?|(?:topics?|tags?)\s?[:：]\s?\S.{0,150}
    |(?:share|send|tweet|save|print|e-?mail)(?:\sthis)?(?:\s(?:article|story|page|post|link))?
    |home(?:\s?[>»/|]\s?[\w\s&-]{2,20}){1,4})[:\s]*""",
    re.IGNORECASE | re.VERBOSE,
)
# How a line begins, and what else it speaks of.
_ASKS = re.compile(
    r"""(?:sign\sup|subscribe|get|join|receive|never\smiss)\b
        (?=.*\b(?:newsletters?|inbox|briefing)\b)(?=.*\b(?:our|us|your\sinbox)\b)
    |follow\s(?:us|our)\b(?!,).*\bon\s(?:facebook|twitter|x|instagram|telegram|linkedin|youtube)\b
    |(?:we|this\s(?:web\s?)?site)\suses?\scookies\s(?!as\b)|(?:please\s)?enable\sjavascript
    |(?:we|our)\b.{0,30}\bpartners\b.{0,200}\b(?:cookies|(?:your|a)\sdevice|personal\sdata)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)\s|copyright\s(?:©|\(c\)|by\b|\d|(?-i:(?:[A-Z][\w.,&'’-]*\s){1,6}\d))).{0,100}?"
    r"(?:\d\d\b|\brights\sreserved\b)|all\srights\sreserved",
    re.IGNORECASE,
)
# What somebody said, did or was: boxes speak of the present and of their reader.
_TELLS = re.compile(
    r"\b(?:sa(?:id|ys?)|told|wrote|asked|according\sto|found|was|were|had|he|she|his|her|they)\b",
    re.IGNORECASE,
)


def is_box(line: str) -> bool:
    """Whether a line is a button or what a box says, and no sentence of an article."""
    if len(line) > LONGEST:
        return False
    bare = line.strip(" .:!…»›→>*•|-–—")
    if _BUTTON.fullmatch(bare):
        return len(bare) > 3 and not line.endswith((".", "!", "?", "。"))
    return _ASKS.match(bare) is not None and not _TELLS.search(bare)


def is_rights(line: str) -> bool:
    """Whether a line says whose the words of a page are."""
    return len(line) <= LONGEST and bool(_RIGHTS.match(line)) and not _TELLS.search(line)
