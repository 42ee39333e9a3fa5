"""What the lines around an article say about it: title, author, dates, publisher, link."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any

from retrieval.sources import boxes, bylines, dates

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
        """Return these facts, and those of a later line where these are silent."""
        pairs = zip(astuple(self), astuple(later), strict=True)
        return Facts(*(other if own is None else own for own, other in pairs))


_SAVED = "crawled|retrieved|accessed|saved|fetched|downloaded|scraped|archived|captured"
_LABELS = {
    "published": r"(?:first\s)?(?:published|posted|issued|released|publication\sdate|publish\sdate"
    r"|pub\sdate|date\spublished|date|input|입력|등록)",
    "updated": r"(?:last\s)?(?:updated|modified|edited|corrected|수정)(?:\sdate)?",
    "stamped": rf"(?:{_SAVED})(?:\s(?:date|from))?",
}
_LABEL = re.compile(
    rf"(?:^|[\s|(,])(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _LABELS.items())})"
    r"(?:\s(?:on|at|in|online))?\s?:?$",
    re.IGNORECASE,
)
_KEYS = {
    "title": r"title|headline|subject",
    "author": r"authors?|by(?:line)?|writers?|written\sby|reporters?|from",
    "source": r"source|publisher|publication|outlet|newspaper|site(?:\sname)?|website",
    "url": r"url|link|web|web\saddress|source\surl|permalink|canonical",
    "ignored": r"section|category|topics?|tags?|keywords|lang(?:uage)?|copyright|id|to|cc",
}
_KEY_LINE = re.compile(
    "|".join(rf"(?P<{key}>{words})" for key, words in _KEYS.items()), re.IGNORECASE
)
_LINK = re.compile(r"https?://[^\s<>\"']{4,1990}")
# In capitals and to the second, as programs write it when they save a page.
_MACHINE_LABEL = re.compile(r"\bDATE\s?:?\s?$")
_TRIM = " \t:|–—-•·,;()[]/"
_ASIDE = re.compile(r"(?:\d{1,3}[\s-]min(?:ute)?s?(?:\sread)?|(?:[A-Z][\w&’'-]*\s?){1,4})")


def facts_in(line: str, today: date) -> Facts | None:
    """Return what a metadata line says; None where the line is prose."""
    if _LINK.fullmatch(line):
        return Facts(url=line)
    if len(line) > LONGEST_LINE:
        return None
    dated = dates.written_in(line, today)
    if not dated:
        return _undated(line)
    ends_like_prose = line.endswith((".", "!", "?")) and dated[-1].end < len(line) - 1
    return None if ends_like_prose else _dated_line(line, dated)


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
    label, colon, rest = line.partition(":")
    named_only = colon and len(rest) <= 40 and _LABEL.match(label)
    return Facts() if named_only or bylines.is_role(line) or bylines.is_email(line) else None


def _keyed(line: str) -> Facts | None:
    """Return what an e-mail-like line such as `Author: Jane Doe` says."""
    key, _, value = line.partition(":")
    value = value.strip()
    match = _KEY_LINE.fullmatch(key.strip()) if value else None
    if match is None:
        return None
    if _LINK.fullmatch(value):
        return Facts(url=value)
    if match.lastgroup == "title":
        return Facts(title=value)
    # Values are names; a whole sentence after a colon is prose.
    if match.lastgroup == "url" or len(value) > 100 or (value[-1] == "." and value.count(" ") > 4):
        return None
    if match.lastgroup == "source":
        return Facts(source=value)
    if match.lastgroup == "author":
        byline = bylines.parsed(f"By {value}") or bylines.Byline()
        author = byline.author or bylines.listed(bylines.names([value])) or None
        return Facts(author=author, source=byline.source)
    return Facts()


def _dated_line(line: str, line_dates: list[dates.Dated]) -> Facts | None:
    """Return what a line says that holds dates and, beside labels and names, nothing else."""
    facts = Facts()
    position = 0
    for dated in line_dates:
        before = line[position : dated.start]
        kind, before = _label_of(before, machine=line[dated.start : dated.end].count(":") > 1)
        facts = facts.or_else(_dated(kind, dated.value))
        if words := before.strip(_TRIM):
            named = _named(words)
            separated = kind != "dated" or before.rstrip()[-1] in _TRIM
            if named is None or not (separated or named.author):
                return None
            facts = facts.or_else(named)
        position = dated.end
    rest = line[position:].strip(_TRIM)
    named = _named(rest) if rest else Facts()
    return None if named is None else facts.or_else(named)


def _dated(kind: str, value: date) -> Facts:
    changes: dict[str, Any] = {kind: value}
    return replace(Facts(), **changes)


def _label_of(before: str, *, machine: bool) -> tuple[str, str]:
    """Return the kind of the date that stands behind some words, and these without its label."""
    if machine and (stamp := _MACHINE_LABEL.search(before)):
        return "stamped", before[: stamp.start()]
    label = _LABEL.search(before.rstrip(_TRIM))
    return (str(label.lastgroup), before[: label.start()]) if label else ("dated", before)


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
    """Return a title line as its title, and what was glued to it: a stamp, a date, a section."""
    dated = dates.written_in(line, today) if len(line) <= LONGEST_TITLE + 80 else []
    if not dated:
        return line, Facts()
    written, after = line[dated[-1].start : dated[-1].end], line[dated[-1].end :]
    if after.strip(_TRIM) and not re.fullmatch(r"\s*\|\s*[\w &/'’-]{2,40}", after):
        return line, Facts()
    kind, before = _label_of(line[: dated[-1].start], machine=written.count(":") > 1)
    # "The flood of 3 May 1987" keeps its date; a time or a section shows that a date is a stamp.
    if kind == "dated" and (len(before) <= 10 or not (after.strip() or ":" in written)):
        return line, Facts()
    return before.rstrip(_TRIM), _dated(kind, dated[-1].value)
