"""Plain text, as people copy it from web sites, becomes an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import boxes, clutter, dates, drafts, header, lines
from retrieval.sources.clutter import NumberedLine
from retrieval.sources.decoding import text_of
from retrieval.sources.drafts import Draft
from retrieval.sources.header import Facts
from retrieval.sources.lines import Block
from retrieval.sources.source import Source, whole_file

# "SEOUL, Oct. 7, 2018 (Yonhap) -- "
_DATELINE = re.compile(
    r"[A-Z]{2}[\w .,'’/-]{0,80}?(?:[(/](?P<agency>[\w .&'’-]{2,40})[)/])?\s*(?:--|[–—-])\s"
)
# Metadata stands in the first lines; some pages repeat or add it in the last.
HEADER_REACH = 12
FOOTER_REACH = 3


def articles(source: Source) -> Iterator[Article]:
    """Yield the one article of a text file."""
    text = text_of(whole_file(source.stream, source.name), source.name)
    draft = drafted(text, source.today)
    if not draft.text:
        raise UnreadableSource(source.name, "this holds no words; nothing was read.")
    yield drafts.article(draft, origin=source.origin)


def drafted(text: str, today: date) -> Draft:
    """Return a copied text as clean paragraphs, and what its own lines say about it."""
    return of_blocks(lines.blocks(lines.without_markup(text)), today)


def of_blocks(
    blocks: list[Block], today: date, *, flowing: bool = False, title_will_do: bool = True
) -> Draft:
    """Return the draft in blocks of lines; in flowing text a single line end is only a space.

    Its text is empty where a title and captions are all there is, unless these will do.
    """
    everything = "\n\n".join(line for block in blocks for line in block)
    blocks, related = _without_related(blocks, today)
    metadata = _metadata_lines(blocks, today)
    blocks = (lines.joined if flowing else lines.unwrapped)(blocks, metadata.__contains__)
    numbered = [(number, line) for number, block in enumerate(blocks) for line in block]
    title, facts, numbered = _titled(numbered, today)
    paragraphs = [line for _, line in clutter.without_repeats(numbered)]
    # The last line of an article may end in "Reuters" too: there it signs the article.
    paragraphs = [*filter(None, map(clutter.without_credit, paragraphs[:-1])), *paragraphs[-1:]]
    paragraphs, around = _parted(paragraphs, title, today)
    facts = facts.or_else(around).or_else(_facts_of_dateline(paragraphs, today))
    in_link = dates.in_link(facts.url, today) if facts.url else None
    # When a page was saved says little.
    evidence = (facts.published, facts.dated, facts.updated, in_link, related, facts.stamped)
    return Draft(
        text="\n\n".join(paragraphs) or (everything if title_will_do else ""),
        title=facts.title or title,
        url=facts.url,
        source=facts.source,
        author=facts.author,
        published=next(filter(None, evidence), None),
    )


def _without_related(blocks: list[Block], today: date) -> tuple[list[Block], date | None]:
    """Return the blocks without lines about other articles, and the latest day in those lines."""
    remaining: list[Block] = []
    latest: date | None = None
    for number, block in enumerate(blocks):
        remaining.append([])
        for place, line in enumerate(block):
            if (number, place) != (0, 0) and clutter.is_related_story(line, today):
                if stamp := dates.written_in(line, today)[-1:]:
                    latest = max(latest or date.min, dates.day_of(stamp[0].value))
            elif not boxes.is_box(line):
                remaining[-1].append(line)
    return [block for block in remaining if block], latest


def _metadata_lines(blocks: list[Block], today: date) -> set[str]:
    """Return the metadata among the first and last lines, which are never joined to others."""
    flat = [line for block in blocks for line in block]
    # Twice the reach, because lines may be wrapped; all lines would take long in a long text.
    near = {*flat[: 2 * HEADER_REACH], *flat[-2 * FOOTER_REACH :]}
    return {line for line in near if header.facts_in(line, today) is not None}


def _titled(
    numbered: list[NumberedLine], today: date
) -> tuple[str | None, Facts, list[NumberedLine]]:
    """Return the title line, what stands above it or is glued to it, and the lines below.

    There is no title line where prose begins.
    """
    facts, above = Facts(), 0
    for _, line in numbered[:HEADER_REACH]:
        if (line_facts := header.facts_in(line, today)) is None:
            break
        facts, above = facts.or_else(line_facts), above + 1
    # One such line may be a headline: "Source: minister to quit".
    if above == 1 and facts == Facts(source=facts.source):
        facts, above = Facts(), 0
    below = numbered[above:]
    if facts.title or len(below) < 2:
        return None, facts, below
    title, glued = header.title_and_facts(below[0][1], today)
    if not title or _is_prose(title):
        return None, facts, below
    return title, facts.or_else(glued), below[1:]


def _is_prose(line: str) -> bool:
    """Return whether a line is no headline: long, or a sentence that ends in no abbreviation."""
    abbreviated = line[-3:-2] in (".", " ") or line.endswith(("Inc.", "Corp.", "Ltd.", "Jr."))
    return len(line) > header.LONGEST_TITLE or (line.endswith((".", "。")) and not abbreviated)


def _parted(paragraphs: list[str], title: str | None, today: date) -> tuple[list[str], Facts]:
    """Return the prose, and what the metadata lines above and below it say."""
    facts = Facts()
    metadata: set[int] = set()
    above = range(_header_end(paragraphs))
    below = range(max(above.stop, len(paragraphs) - FOOTER_REACH), len(paragraphs))
    for place in (*above, *below):
        line_facts = header.facts_in(paragraphs[place], today)
        # A bare date far down is a heading, as in a diary, more often than it is the article's.
        if line_facts is not None and (place in above or line_facts.dated is None):
            facts = facts.or_else(line_facts)
            metadata.add(place)
    title = facts.title or title
    last = max((place for place in metadata if place < HEADER_REACH), default=0)
    for place in range(last if title else 0):
        line = paragraphs[place]
        if _is_prose(line):
            break
        # A second headline stands between the title and the byline.
        if len(line) <= 150 and not lines.ends_sentence([line]):
            metadata.add(place)
    metadata |= {place for place in above if paragraphs[place] == title}
    return [line for place, line in enumerate(paragraphs) if place not in metadata], facts


def _header_end(paragraphs: list[str]) -> int:
    """Return where the header ends: below the second paragraph of prose, as one may be a lead."""
    prose = (
        i for i, line in enumerate(paragraphs) if len(line) > 100 and lines.ends_sentence([line])
    )
    return min(next(islice(prose, 1, None), HEADER_REACH), HEADER_REACH, len(paragraphs))


def _facts_of_dateline(paragraphs: list[str], today: date) -> Facts:
    """Return the agency and the full date of the dateline that opens a news text."""
    for paragraph in paragraphs[:3]:
        if opening := _DATELINE.match(paragraph[:160]):
            day = next((dated.value for dated in dates.written_in(opening[0], today)), None)
            if day or opening["agency"]:
                return Facts(source=opening["agency"], dated=day)
    return Facts()
