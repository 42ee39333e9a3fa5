"""What the lines around an article tell of it: title, author, dates, publisher, link."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date

from retrieval.reading import boxes, bylines, casing, dates

LONGEST_LINE = 200
LONGEST_TITLE = 220


@dataclass(frozen=True, slots=True)
class Facts:
    """What metadata lines say; the kinds of date stay apart until all are known.

    `published` was called so; `dated` stands in the header unnamed; `stamped` is when a crawler or
    a person saved the page.
    """

    title: str | None = None
    author: str | None = None
    source: str | None = None
    url: str | None = None
    published: date | None = None
    dated: date | None = None
    updated: date | None = None
    stamped: date | None = None

    def or_else(self, later: Facts) -> Facts:
        """These facts, and those of a later line where these are silent."""
        return Facts(
            *(
                own
                if (own := getattr(self, field.name)) is not None
                else getattr(later, field.name)
                for field in fields(self)
            )
        )


_PUBLISHED = (
    r"(?:first\s)?(?:published|posted|issued|released|publication\sdate|publish\sdate|pub\sdate"
    r"|date\spublished|date|input|입력|등록)"
)
_UPDATED = r"(?:last\s)?(?:updated|modified|edited|corrected|수정)(?:\sdate)?"
_SAVED = (
    r"(?:crawled|retrieved|accessed|saved|fetched|downloaded|scraped|archived|captured)"
    r"(?:\s(?:date|from))?"
)
_LABEL_END = r"(?:\s(?:on|at|in|online))?\s?:?"
_LABELS = {
    "published": re.compile(rf"{_PUBLISHED}{_LABEL_END}", re.IGNORECASE),
    "updated": re.compile(rf"{_UPDATED}{_LABEL_END}", re.IGNORECASE),
    "stamped": re.compile(rf"{_SAVED}{_LABEL_END}", re.IGNORECASE),
}
_KEYS = {
    "title": r"title|headline",
    "author": r"authors?|by(?:line)?|writers?|written\sby|reporters?",
    "source": r"source|publisher|publication|outlet|newspaper|site(?:\sname)?|website",
    "url": r"url|link|web|web\saddress|source\surl|permalink|canonical",
    "ignored": r"section|category|topics?|tags?|keywords|language|lang|copyright|id|word\scount",
}
_KEY_LINE = re.compile(
    "|".join(rf"(?P<{key}>{words})" for key, words in _KEYS.items()), re.IGNORECASE
)
_LINK = re.compile(r"https?://[^\s<>\"']{4,1990}")
# In capitals and to the second, as programs write it when they save a page.
_MACHINE_STAMP = re.compile(r"DATE\s?:?\s?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S{0,10}")
_TITLE_STAMP = re.compile(rf"[\s|([–-]*\b(?:DATE|Date|(?i:{_SAVED}))(?i:{_LABEL_END})\s*$")
_TRIM = " \t:|–—-•·,;()[]/"
_ASIDE = re.compile(r"(?:\d{1,3}[\s-]min(?:ute)?s?(?:\sread)?|(?:[A-Z][\w&’'-]*\s?){1,4})")


def facts_in(line: str, today: date) -> Facts | None:
    """What a metadata line tells; None where the line is prose."""
    if len(line) > LONGEST_LINE:
        return _link_line(line)
    if facts := _link_line(line):
        return facts
    found = dates.written_in(line, today)
    if not found:
        return _undated(line)
    if _MACHINE_STAMP.fullmatch(line):
        return Facts(stamped=found[0].value)
    ends_like_prose = line.endswith((".", "!", "?")) and found[-1].end < len(line) - 1
    return None if ends_like_prose else _dated_line(line, found)


def _undated(line: str) -> Facts | None:
    if facts := _keyed(line):
        return facts
    if boxes.is_rights(line):
        return Facts()
    if line.endswith((".", "!", "?")) and not line.endswith(("Jr.", "Sr.")):
        return None
    if byline := bylines.parsed(line):
        return Facts(author=byline.author, source=byline.source)
    if re.fullmatch(bylines.AGENCY, line):
        return Facts(source=line)
    named_only = re.fullmatch(
        rf"(?i:(?:{_PUBLISHED}|{_UPDATED}|{_SAVED})(?:\son)?)\s?:.{{0,40}}", line
    )
    if named_only or bylines.is_role(line) or bylines.is_email(line):
        return Facts()
    return None


def _keyed(line: str) -> Facts | None:
    """What an e-mail-like line such as `Author: Jane Doe` tells."""
    key, colon, value = line.partition(":")
    value = value.strip()
    match = _KEY_LINE.fullmatch(key.strip()) if colon and value else None
    if match is None:
        return None
    if _LINK.fullmatch(value):
        return Facts(url=value)
    if match.lastgroup == "title":
        return Facts(title=value)
    if not _short(value):
        return None
    if match.lastgroup == "source":
        return Facts(source=value)
    if match.lastgroup == "author":
        byline = bylines.parsed(f"By {value}") or bylines.Byline()
        author = byline.author or bylines.listed(bylines.names([value]))
        return Facts(author=author or casing.of_names(value), source=byline.source)
    return Facts() if match.lastgroup == "ignored" else None


def _short(value: str) -> bool:
    """Values are names; a whole sentence after a colon is prose."""
    return len(value) <= 100 and not (value.endswith(".") and value.count(" ") > 4)


def _link_line(line: str) -> Facts | None:
    return Facts(url=line) if _LINK.fullmatch(line) else None


def _dated_line(line: str, found: list[dates.Dated]) -> Facts | None:
    """What a line tells that holds dates and, beside labels and names, nothing else."""
    facts = Facts()
    position = 0
    for dated in found:
        told = _beside(line[position : dated.start], dated.value)
        if told is None:
            return None
        facts, position = facts.or_else(told), dated.end
    rest = line[position:]
    after = _beside(rest, None) if rest.strip(_TRIM) else Facts()
    return facts.or_else(after) if after is not None else None


def _beside(piece: str, value: date | None) -> Facts | None:
    """What the words before a date make of it; None where they are prose."""
    words = piece.strip(_TRIM)
    if not words:
        return Facts(dated=value)
    for kind, label in _LABELS.items():
        if label.fullmatch(words):
            return _told_as(kind, value)
    # The label may follow a byline: "By Jane Doe | Published 8 October 2018".
    for kind, label in _LABELS.items():
        ending = re.search(rf"(?:^|[\s|])({label.pattern})$", words, re.IGNORECASE)
        if ending and (told := _named(words[: ending.start()].strip(_TRIM))):
            return told.or_else(_told_as(kind, value))
    told = _named(words)
    separated = value is None or piece.rstrip()[-1:] in _TRIM
    if told and (separated or told.author):
        return told.or_else(Facts(dated=value))
    return None


def _told_as(kind: str, value: date | None) -> Facts:
    """The facts that a label and its date make."""
    if kind == "published":
        return Facts(published=value)
    return Facts(updated=value) if kind == "updated" else Facts(stamped=value)


def _named(words: str) -> Facts | None:
    if byline := bylines.parsed(words):
        return Facts(author=byline.author, source=byline.source)
    if keyed := _keyed(words):
        return keyed
    if bylines.is_publisher(words):
        return Facts(source=words)
    pieces = [piece.strip() for piece in re.split(r"[|•·]", words)]
    return Facts() if all(_ASIDE.fullmatch(piece) for piece in pieces if piece) else None


def title_and_facts(line: str, today: date) -> tuple[str, Facts]:
    """A title line as its title, and what was glued to it: a stamp, a date, a section."""
    found = dates.written_in(line, today) if len(line) <= LONGEST_TITLE + 80 else []
    if not found:
        return line, Facts()
    last = found[-1]
    before, after = line[: last.start], line[last.end :]
    if after.strip(_TRIM) and not re.fullmatch(r"\s*\|\s*[\w &/'’-]{2,40}", after):
        return line, Facts()
    if stamp := _TITLE_STAMP.search(before):
        return before[: stamp.start()].rstrip(_TRIM), Facts(stamped=last.value)
    for kind in ("published", "updated"):
        label = _LABELS[kind].pattern
        if named := re.search(rf"[\s|(]+(?:{label})\s*$", before, re.IGNORECASE):
            return before[: named.start()].rstrip(_TRIM), _told_as(kind, last.value)
    # "The flood of 3 May 1987" keeps its date; a time or a section shows that a date is a stamp.
    if len(before) > 10 and (after.strip() or ":" in line[last.start : last.end]):
        return before.rstrip(_TRIM), Facts(dated=last.value)
    return line, Facts()
