"""Boxes that sites put beside and between paragraphs: by their names, and by what they say.

A line is taken for a box by two signs at once, because losing a sentence of an article is worse
than keeping a button: how it begins, and what else it speaks of; nobody may have said or done it.
"""

from __future__ import annotations

import re
from typing import Any

LONGEST = 240  # characters
LARGEST_SHARE = 0.3  # of the characters of a page; a box that holds more may be the article

_BOXES = frozenset("nav aside footer dialog form button".split())
# Whole words of a class or id. Trafilatura knows many more, and takes some out of articles.
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:(?:newsletter|cookie|comment|advert|ad|breadcrumb|tag|recommendation|teaser)s?"
    r"|consent|respond|share|sharing|social|advertisement|sponsored|trending|recommended|related"
    r"|popular|promo|sidebar|nav|navbar|navigation|menu|footer|donate|bio|author-?(?:box|bio|info)"
    r"|about-?author|sign-?up|most-?read|read-(?:more|next|also)|more-(?:stories|on|from))(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|__")
# All of a line, without a full stop: as an answer, "Listen." would have one.
_BUTTON = re.compile(
    r"""(?:advertisement|advertising|sponsored(?:\scontent)?|anzeige|werbung|publicidad|publicité
    |реклама|广告|広告|(?:story|article)\scontinues\sbelow.{0,20}|most\sread|read\smore|subscribe
    |(?:related|see\salso)(?:\s(?:stories|articles|news))?|(?:sign|log)\s?in|register
    |(?:listen|play|watch)(?:\s(?:to|the)\s(?:this\s)?(?:article|story|video|audio))?
    |\d{1,3}[\s-]min(?:ute)?s?\sread|(?:\d{1,6}\s)?comments?(?:\s\(\d+\))?
    |(?:share|send|tweet|save|print|e-?mail)(?:\sthis)?(?:\s(?:article|story|page|post|link))?
    |(?:topics?|tags?|filed\sunder|categories)\s?[:：]\s?\S.{0,150}
    |home(?:\s?[>»/|]\s?[\w\s&-]{2,20}){1,4}|\(end\))[:\s]*""",
    re.IGNORECASE | re.VERBOSE,
)
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


def in_tree(tree: Any) -> set[Any]:
    """Return the elements of a page whose tag or name says that they are no article."""
    from lxml import etree

    size_of = etree.XPath("string-length()")
    largest = LARGEST_SHARE * size_of(tree)
    boxes: set[Any] = set()
    for element in tree.iter(*_BOXES, "div", "section", "ul", "ol", "p"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        named = element.tag in _BOXES or _NAMES.search(_CAMEL.sub("-", names))
        if named and size_of(element) <= largest and element.find(".//h1") is None:
            boxes.add(element)
    return boxes


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
