"""What a copied page leaves between its paragraphs: captions, credits, related stories.

Every rule asks for two signs at once, because losing a sentence of an article is worse than
keeping a caption.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from itertools import groupby

from retrieval.sources import dates
from retrieval.sources.bylines import AGENCY
from retrieval.sources.lines import ends_sentence

NumberedLine = tuple[int, str]
"""The number of a block and a line of it."""

LONGEST_CAPTION = 450
SHORTEST_RELATED, LONGEST_RELATED = 12, 400
ABOVE_ARTICLE = 6
FEWEST_SPACES = 8  # in a caption that says something
SHORTEST_REPEAT, MOST_REPEATS = 60, 3  # characters; more lines repeat on purpose, as in a plan

_AFTER_CAPTION = r"(?:^|[.!?)\]\"'”’]\s+)"
_PICTURE = r"(?:photo(?:graph)?|screen(?:grab|shot)|image|picture|video|graphic|illustration)s?"
# Possessive, so that a line of capitals is not taken apart in every way there is.
_CREDIT_NAME = r"(?:[A-Z(][\w.'’&-]*+|/|of\b|the\b|and\b|de\b|van\b|von\b)"
_CREDIT = re.compile(
    # Words run to the end of the line without a full stop: "Screengrab of a mayor's Twitter".
    rf"{_AFTER_CAPTION}(?i:screen(?:grab|shot)|file\s{_PICTURE}|(?:photo|image|video)s?)"
    r"\s(?:of|from|courtesy\sof)\s(?:[^\s.!?]+(?:\s|$)){1,7}$"
    rf"|{_AFTER_CAPTION}(?:(?:[A-Z][\w'’]*\s){{0,4}}(?i:{_PICTURE}\s(?:by|credits?:?)|{_PICTURE}\s?:)"
    rf"|(?i:courtesy\sof))\s(?:{_CREDIT_NAME}\s?){{1,8}}$"
    # An agency after the caption's full stop, after a slash, or in brackets with "Photo".
    rf"|{_AFTER_CAPTION}\(?{AGENCY}(?:\s?[/-]\s?[\w.'’ -]{{2,40}}|\s(?:[Ff]ile\s)?[Pp]hoto"
    r"(?:/[\w.'’ -]{2,40})?)?\)?$"
    rf"|\s/\s?{AGENCY}(?:[/-]{AGENCY})?\)?$"
    r"|\((?:(?:[Ff]ile\s)?(?:[Pp]hoto|[Ii]mage|[Pp]icture)s?(?:\s(?:by|from|courtesy\sof|credit)|\s?[:/])"
    rf"\s?[^()]{{2,60}}|{AGENCY}\s(?:[Ff]ile\s)?[Pp]hoto[^()]{{0,60}}|[^()]{{2,40}}/\s?{AGENCY})\)\.?$"
)
# A headline begins in capitals: "Related: three men were held" is a line of an article.
_POINTER = re.compile(
    r"(?i:read\s(?:more|also|next|full\sstory)|also\sread|more\son\sthis(?:\sstory)?|don['’]t\smiss"
    r"|click\shere|related(?:\s(?:stor(?:y|ies)|articles?|news|coverage|topics?))?|see\salso|watch"
    r"(?:\snow)?|recommended|in\spictures)\s*[:|>»–—]+\s*[^\sa-z]"
    r"|(?:ALSO\sREAD|READ\sALSO|READ\sMORE|RELATED)\s[A-Z]"
)
_LEADS_TO_DATE = re.compile(
    r"(?:\b(?:on|at|in|by|since|until|from|to|of|for|and|before|after|dated|is|was|the)|[:,(–—-])$",
    re.IGNORECASE,
)
_SECTION = re.compile(r"\s*\|\s*(?!.*\d)[A-Z][\w&/'’-]*(?:\s[\w&/'’-]+){0,3}$")


def without_credit(paragraph: str) -> str:
    """Return a paragraph without the credit of a photograph that ends it.

    It is empty where that leaves no sentence.
    """
    if len(paragraph) > LONGEST_CAPTION or _sentences(paragraph) > 3:
        return paragraph
    if is_doubled(paragraph):
        return ""
    if credit := _CREDIT.search(paragraph):
        # The pattern may take the caption's full stop along.
        mark = paragraph[credit.start()] if paragraph[credit.start()] in ".!?" else ""
        bare = (paragraph[: credit.start()] + mark).rstrip()
        return bare if bare.count(" ") >= FEWEST_SPACES and ends_sentence([bare]) else ""
    return paragraph


def is_related_story(line: str, today: date) -> bool:
    """Return whether a line announces another article: a doubled headline, a stamp or a label."""
    if not SHORTEST_RELATED <= len(line) <= LONGEST_RELATED:
        return False
    if _POINTER.match(line):
        return not ends_sentence([line])
    section = _SECTION.search(line)
    head = line[: section.start()] if section else line
    ending = [dated for dated in dates.written_in(head, today) if dated.end == len(head)]
    stamp = ending[0] if ending else None
    headline = head[: stamp.start].rstrip() if stamp else head
    if is_doubled(headline):
        return True
    # A headline, its date, and its section or time; a sentence would have ended in a full stop.
    if not stamp or len(headline) <= 10 or ends_sentence([headline]):
        return False
    timed = isinstance(stamp.value, datetime) and head[stamp.start].isdigit()
    is_headline = headline.count(" ") >= 3 and not _LEADS_TO_DATE.search(headline)
    return bool(section) or (timed and is_headline)


def is_doubled(line: str) -> bool:
    """Return whether a line says the same at least four words twice."""
    half = len(line) // 2
    return line == f"{line[:half]} {line[:half]}" and line.count(" ", 0, half) >= 3


def without_repeats(lines: list[NumberedLine]) -> list[NumberedLine]:
    """Return the lines without captions that stand twice, and with other long repeats once.

    A page gives a caption twice, as text for the picture and below it. So a repeat right after the
    original is a caption when it stands above the article, or is glued on by a single line end
    where blank lines separate paragraphs, or is no sentence; then both copies go.
    """
    spaced = len({number for number, _ in lines}) * 2 > len(lines)
    times = Counter(line for _, line in lines if len(line) >= SHORTEST_REPEAT)
    on_purpose = sum(number > 1 for number in times.values()) > MOST_REPEATS
    remaining: list[NumberedLine] = []
    seen: set[str] = set()
    place, above = 0, True
    for line, group in groupby(lines, key=lambda numbered: numbered[1]):
        copies = list(group)
        above = above and place < ABOVE_ARTICLE and (len(copies) > 1 or len(line) < 150)
        place += len(copies)
        if len(copies) > 1 and 20 <= len(line) <= LONGEST_CAPTION:
            glued = spaced and len(set(copies)) == 1
            if above or glued or not ends_sentence([line]):
                continue
        # Short lines may come back on purpose, as in a poem or an interview.
        if len(line) < SHORTEST_REPEAT or on_purpose:
            remaining += copies
        elif line not in seen:
            remaining.append(copies[0])
            seen.add(line)
    return remaining


def _sentences(text: str) -> int:
    return len(re.findall(r"[.!?][\"'”’)]*\s+(?=[\"'“‘(A-Z])", text)) + 1
