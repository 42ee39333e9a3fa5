"""Plain text, as people copy it from web sites, becomes an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from retrieval.errors import UnreadableSource
from retrieval.reading import boxes, clutter, dates, drafts, header, lines
from retrieval.reading.dates import DayOfYear
from retrieval.reading.decoding import text_of
from retrieval.reading.drafts import Draft
from retrieval.reading.header import Facts
from retrieval.reading.lines import Block
from retrieval.reading.sources import Source, whole
from retrieval.records import Article

_DATELINE = re.compile(
    r"(?P<place>(?-i:[A-Z]{2}[A-Z.'’-]*)[\w .,'’/-]{0,60}?)[\s,]+"
    r"(?:(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s+(?P<day>\d{1,2})"
    r"(?:,?\s+(?P<year>\d{4}))?\s*)?(?:[(/](?P<agency>[\w .&'’-]{2,40})[)/])?\s*(?:--|[–—-])\s",
    re.IGNORECASE,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True, slots=True)
class Dateline:
    """The place, day and agency that open a news text: `SEOUL, Oct. 7 (Yonhap) --`."""

    day: date | DayOfYear | None
    agency: str | None


# Metadata stands in the first lines; some pages repeat or add it in the last.
HEADER_REACH = 12
FOOTER_REACH = 3
# A page announces a few other articles; a list of them is no better evidence.
MOST_RELATED = 100


def articles(source: Source) -> Iterator[Article]:
    """The one article of a text file."""
    text = text_of(whole(source), source.name)
    draft = drafted(text, source.today)
    if not draft.text:
        raise UnreadableSource(source.name, "this holds no words; nothing was read.")
    yield drafts.article(draft, origin=source.origin)


def drafted(text: str, today: date) -> Draft:
    """A copied text as clean paragraphs, and what its own lines tell of it."""
    all_blocks = lines.blocks(lines.without_markup(text))
    return of_blocks(all_blocks, today)


def of_blocks(
    all_blocks: list[Block], today: date, *, flowing: bool = False, title_will_do: bool = True
) -> Draft:
    """The draft in blocks of lines; in flowing text a single line end is only a space.

    Its text is empty where a title and captions are all there is, unless these will do.
    """
    kept, related = _without_related(all_blocks, today)
    join = lines.joined if flowing else lines.unwrapped
    kept = join(kept, _metadata_lines(kept, today).__contains__)
    title, facts, kept = _titled(kept, today)
    kept = _without_credits(clutter.without_repeats(kept))
    paragraphs, told = _told_apart([line for block in kept for line in block], title, today)
    facts = facts.or_else(told)
    opening = next(filter(None, map(dateline, paragraphs[:3])), None)
    return Draft(
        text="\n\n".join(paragraphs) or (_all_there_is(all_blocks) if title_will_do else ""),
        title=facts.title or title,
        url=facts.url,
        source=facts.source or (opening.agency if opening else None),
        author=facts.author,
        published=best_date(facts, opening, related, today),
    )


def _metadata_lines(all_blocks: list[Block], today: date) -> set[str]:
    """The metadata among the first and last lines, which are never joined to others."""
    flat = [line for block in all_blocks for line in block]
    # Twice the reach, because lines may be wrapped; all lines would take long in a long text.
    near = {*flat[: 2 * HEADER_REACH], *flat[-2 * FOOTER_REACH :]}
    return {line for line in near if header.facts_in(line, today) is not None}


def _without_related(all_blocks: list[Block], today: date) -> tuple[list[Block], list[date]]:
    """The blocks without lines about other articles, and the dates that stood in those."""
    kept: list[Block] = []
    related: list[date] = []
    for number, block in enumerate(all_blocks):
        kept.append([])
        for place, line in enumerate(block):
            first = number == place == 0
            if not first and clutter.is_related_story(line, today):
                if len(related) < MOST_RELATED:
                    related += [found.value for found in dates.written_in(line, today)]
            elif not boxes.is_box(line):
                kept[-1].append(line)
    return [block for block in kept if block], related


def _titled(all_blocks: list[Block], today: date) -> tuple[str | None, Facts, list[Block]]:
    """The title line, what stood above it or was glued to it, and the blocks below.

    There is no title line where prose begins.
    """
    told, below = _leading_facts(all_blocks, today)
    if told.title or not below:
        return None, told, below
    first, *rest = below[0]
    title, glued = header.title_and_facts(first, today)
    following = [rest, *below[1:]] if rest else below[1:]
    if not following or not title or _is_prose(title):
        return None, told, below
    return title, told.or_else(glued), following


def _leading_facts(all_blocks: list[Block], today: date) -> tuple[Facts, list[Block]]:
    """What metadata lines above all else tell, as in an e-mail, and the blocks below them."""
    facts = Facts()
    lines_told = 0
    for line in islice((line for block in all_blocks for line in block), HEADER_REACH):
        told = header.facts_in(line, today)
        if told is None:
            break
        facts, lines_told = facts.or_else(told), lines_told + 1
    # One such line may be a headline: "Source: minister to quit".
    if lines_told == 1 and facts == Facts(source=facts.source):
        return Facts(), all_blocks
    below = []
    for block in all_blocks:
        kept, lines_told = block[lines_told:], max(0, lines_told - len(block))
        below += [kept] if kept else []
    return facts, below


def _is_prose(line: str) -> bool:
    """Headlines are short and seldom end in a full stop; abbreviations such as U.S. do."""
    abbreviated = line[-3:-2] in (".", " ") or line.endswith(
        ("Inc.", "Corp.", "Ltd.", "Jr.", "Co.")
    )
    return len(line) > header.LONGEST_TITLE or (line.endswith((".", "。")) and not abbreviated)


def _without_credits(all_blocks: list[Block]) -> list[Block]:
    """The blocks without the credits of photographs, and without captions that say nothing else."""
    # The last line of an article may end in "Reuters" too: there it signs the article.
    last = all_blocks[-1][-1:] if all_blocks else []
    bare = (
        [one if [one] == last else clutter.without_credit(one) for one in block]
        for block in all_blocks
    )
    return [kept for block in bare if (kept := [one for one in block if one])]


def _told_apart(paragraphs: list[str], title: str | None, today: date) -> tuple[list[str], Facts]:
    """The prose, and what the metadata lines above and below it tell."""
    facts = Facts()
    metadata: list[int] = []
    above = range(_header_end(paragraphs))
    below = range(max(above.stop, len(paragraphs) - FOOTER_REACH), len(paragraphs))
    for place in (*above, *below):
        told = header.facts_in(paragraphs[place], today)
        # A bare date far down is a heading, as in a diary, more often than it is the article's.
        if told is not None and (place in above or told.dated is None):
            facts = facts.or_else(told)
            metadata.append(place)
    named = facts.title or title
    return [
        line
        for place, line in enumerate(paragraphs)
        if place not in metadata
        and not (place in above and line == named)
        and not _is_subheadline(place, paragraphs, metadata, named)
    ], facts


def _header_end(paragraphs: list[str]) -> int:
    """Where the header ends: below the second paragraph of prose, the first may be a standfirst."""
    prose = (i for i, one in enumerate(paragraphs) if len(one) > 100 and lines.ends_sentence([one]))
    return min(next(islice(prose, 1, None), HEADER_REACH), HEADER_REACH, len(paragraphs))


def _is_subheadline(
    place: int, paragraphs: list[str], metadata: list[int], title: str | None
) -> bool:
    """Whether a line that is no sentence stands between the title and the metadata below it."""
    line = paragraphs[place]
    below = [other for other in metadata if place < other < HEADER_REACH]
    return (
        bool(below and title)
        and len(line) <= 150
        and not lines.ends_sentence([line])
        and all(not _is_prose(one) for one in paragraphs[:place])
    )


def _all_there_is(all_blocks: list[Block]) -> str:
    """The whole text, where it is a title or captions and nothing else."""
    return "\n\n".join(line for block in all_blocks for line in block)


def dateline(paragraph: str) -> Dateline | None:
    """The dateline a paragraph opens with."""
    match = _DATELINE.match(paragraph[:160])
    if match is None or not (match["month"] or match["agency"]):
        return None
    if not match["month"]:
        return Dateline(None, match["agency"])
    day = DayOfYear(_MONTHS.index(match["month"].lower()) + 1, int(match["day"]))
    full = dates.parsed(f"{match['year']}-{day.month:02}-{day.day:02}") if match["year"] else day
    return Dateline(full, match["agency"])


def best_date(
    facts: Facts, opening: Dateline | None, related: list[date], today: date
) -> date | None:
    """The best evidence of when an article was published.

    A line that says so wins; then dates in the header, in the link, and of related stories. When a
    page was saved says little: it counts only where nothing else does, and not against a dateline
    that names another day of the year.
    """
    day = opening.day if opening else None
    in_header = day if isinstance(day, date) and dates.plausible(day, today) else facts.dated
    in_link = dates.in_link(facts.url, today) if facts.url else None
    for certain in (facts.published, in_header, facts.updated, in_link):
        if certain is not None:
            return certain
    evidence = [max(dates.day_of(value) for value in related)] if related else []
    evidence += [dates.day_of(facts.stamped)] if facts.stamped else []
    if isinstance(day, DayOfYear):
        near = [dates.nearest(day, value, within=31) for value in evidence]
        return next((value for value in near if value), None)
    if related:
        return evidence[0]
    return facts.stamped
