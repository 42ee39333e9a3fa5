"""Plain text, as people copy it from web sites, becomes an article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby, islice

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import dates, drafts, header, lines
from retrieval.sources.drafts import Draft
from retrieval.sources.header import AGENCY, Facts
from retrieval.sources.lines import Block, ends_sentence
from retrieval.sources.source import Source, text_of, whole_file

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
    paragraphs = [line for _, line in without_repeats(numbered)]
    # The last line of an article may end in "Reuters" too: there it signs the article.
    paragraphs = [*filter(None, map(without_credit, paragraphs[:-1])), *paragraphs[-1:]]
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
            if (number, place) != (0, 0) and is_related_story(line, today):
                if stamp := dates.written_in(line, today)[-1:]:
                    latest = max(latest or date.min, dates.day_of(stamp[0].value))
            elif not is_box(line):
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


def is_box(line: str) -> bool:
    """Whether a line is a button or what a box says, and no sentence of an article."""
    if len(line) > header.LONGEST_BOX:
        return False
    bare = line.strip(" .:!…»›→>*•|-–—")
    if _BUTTON.fullmatch(bare):
        return len(bare) > 3 and not line.endswith((".", "!", "?", "。"))
    return _ASKS.match(bare) is not None and not header.TELLS.search(bare)
