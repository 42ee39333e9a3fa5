"""Text, as people copy it from web sites, becomes clean paragraphs and an article.

A block is what stands between two blank lines; its parts were separated by single line ends.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from datetime import date
from itertools import groupby, pairwise
from statistics import median

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import dates, drafts, header
from retrieval.sources.drafts import Draft
from retrieval.sources.header import AGENCY, Facts
from retrieval.sources.source import Source, text_of, whole_file

Block = list[str]

# Metadata stands in the first lines; some pages repeat or add it in the last.
HEADER_REACH, FOOTER_REACH = 12, 3
SHORTEST_PROSE = 100  # characters of what is surely no heading
LONGEST_HEADING = 150

# "SEOUL, Oct. 7, 2018 (Yonhap) -- "
_DATELINE = re.compile(
    r"[A-Z]{2}[\w .,'’/-]{0,80}?(?:[(/](?P<agency>[\w .&'’-]{2,40})[)/])?\s*(?:--|[–—-])\s"
)


def articles(source: Source) -> Iterator[Article]:
    text = text_of(whole_file(source.stream, source.name), source.name, declared=source.charset)
    draft = drafted(text, source.today)
    if not draft.text:
        raise UnreadableSource(source.name, "this holds no words; nothing was read.")
    yield drafts.article(draft, origin=source.origin)


def drafted(text: str, today: date) -> Draft:
    """Return a copied text as clean paragraphs, and what its own lines say about it."""
    return of_blocks(blocks(without_markup(text)), today)


def of_blocks(blocks: list[Block], today: date, *, title_will_do: bool = True) -> Draft:
    """Return the draft in blocks of lines; without prose it is empty unless `title_will_do`."""
    flat = [line for block in blocks for line in block]
    everything = "\n\n".join(flat)
    related = {line for line in flat[1:] if is_related_story(line, today)} - set(flat[:1])
    left_out = related | set(filter(is_box, flat))
    blocks = [[line for line in block if line not in left_out] for block in blocks]
    blocks = list(filter(None, blocks))
    flat = [line for block in blocks for line in block]
    # Twice the reach, because lines may be wrapped; all lines would take long in a long text.
    near = {*flat[: 2 * HEADER_REACH], *flat[-2 * FOOTER_REACH :]}
    metadata = {line for line in near if header.facts_in(line, today) is not None}
    lines = [line for block in unwrapped(blocks, metadata) for line in block]
    title, facts, paragraphs = _parted(lines, today)
    paragraphs = without_repeats(paragraphs)
    # The last line of an article may end in "Reuters" too: there it signs the article.
    paragraphs = [*filter(None, map(without_credit, paragraphs[:-1])), *paragraphs[-1:]]
    facts = facts.or_else(_facts_of_dateline(paragraphs, today))
    in_link = dates.in_link(facts.url, today) if facts.url else None
    stamps = [stamp.value for line in related for stamp in dates.written_in(line, today)[-1:]]
    latest = max(map(dates.day_of, stamps), default=None)
    # When a page was saved says little.
    evidence = (facts.published, facts.dated, facts.updated, in_link, latest, facts.stamped)
    return Draft(
        text="\n\n".join(paragraphs) or (everything if title_will_do else ""),
        title=facts.title or title,
        url=facts.url,
        source=facts.source,
        author=facts.author,
        published=next(filter(None, evidence), None),
    )


def of_paragraphs(
    paragraphs: Sequence[str], today: date, *, title: str | None = None, author: str | None = None
) -> Draft:
    """Return a draft of a document's paragraphs, without those about the document itself."""
    facts, body = Facts(title=title), list(paragraphs)
    for place, words in enumerate(paragraphs[: header.DEEPEST]):
        if len(words) >= SHORTEST_PROSE and ends_sentence([words]):
            break
        stated = header.facts_in(words, today) if words != title else Facts()
        may_be_title = title is None and place == 0 and len(words) <= LONGEST_HEADING
        if may_be_title and not words.endswith((".", "。", ":", ",", ";")):
            stated = Facts(title=words)
        if stated:
            facts = facts.or_else(stated)
            body.remove(words)
    return Draft(
        "\n\n".join(body or paragraphs),
        title=facts.title,
        source=facts.source,
        author=facts.author or author,
        published=facts.published or facts.dated,
    )


def _parted(lines: list[str], today: date) -> tuple[str | None, Facts, list[str]]:
    """Return the title line, what the metadata lines above and below the prose say, and the prose.

    There is no title line where prose begins. The header ends below the second paragraph of prose,
    as one may be a lead.
    """
    prose = [
        place
        for place, line in enumerate(lines[: HEADER_REACH + 1])
        if len(line) > SHORTEST_PROSE and ends_sentence([line])
    ]
    end = min([*prose[1:2], HEADER_REACH + 1, len(lines)])
    metadata: dict[int, Facts] = {}
    for place in (*range(end), *range(max(end, len(lines) - FOOTER_REACH), len(lines))):
        line_facts = header.facts_in(lines[place], today)
        # A bare date far down is a heading, as in a diary, more often than it is the article's.
        if line_facts and (place < end or not line_facts.dated):
            metadata[place] = line_facts
    first = next((place for place in range(len(lines)) if place not in metadata), len(lines))
    # One such line may be a headline: "Source: minister to quit".
    if first == 1 and metadata[0] == Facts(source=metadata[0].source):
        del metadata[0]
        first = 0
    title = next((metadata[place].title for place in range(first) if metadata[place].title), None)
    if title is None and len(lines) - first > 1:
        line, glued = header.title_and_facts(lines[first], today)
        if line and not _is_prose(line):
            title, metadata[first] = line, glued
    deepest = range(first + 1, min(end, first + header.DEEPEST + 1))
    last = max((place for place in deepest if place in metadata), default=0)
    for place in range(first, last if title else 0):
        line = lines[place]
        if place not in metadata and _is_prose(line):
            break
        # A second headline stands between the title and the byline.
        if len(line) <= LONGEST_HEADING and not ends_sentence([line]):
            metadata.setdefault(place, Facts())
    facts = Facts()
    for place in sorted(metadata):
        facts = facts.or_else(metadata[place])
    own = [
        line
        for place, line in enumerate(lines)
        if place not in metadata and not (place < end and line == title)
    ]
    return title, facts, own


def _is_prose(line: str) -> bool:
    """Return whether a line is no headline: long, or a sentence that ends in no abbreviation."""
    abbreviated = line[-3:-2] in (".", " ") or line.endswith(("Inc.", "Corp.", "Ltd.", "Jr."))
    return len(line) > header.LONGEST_TITLE or (line.endswith((".", "。")) and not abbreviated)


def _facts_of_dateline(paragraphs: list[str], today: date) -> Facts:
    for paragraph in paragraphs[:3]:
        if opening := _DATELINE.match(paragraph[:160]):
            day = next((dated.value for dated in dates.written_in(opening[0], today)), None)
            if day or opening["agency"]:
                return Facts(source=opening["agency"], dated=day)
    return Facts()


# -- lines and paragraphs

# Nobody hard-wraps wider than this; a longer line is a paragraph of its own.
NARROWEST_WRAP, WIDEST_WRAP = 40, 132

_BREAKING = (
    "p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|tr|table|tbody|blockquote|figure|figcaption|section"
    "|article|header|footer|aside|caption|center|pre|details|summary"
)
_INLINE = (
    "a|abbr|b|big|cite|code|del|em|font|i|iframe|img|ins|kbd|mark|nobr|picture|q|s|small|source|span"
    "|strike|strong|sub|sup|td|th|tt|u|wbr"
)
# Only known names and well-formed attributes: "a <b and c> d" and "<none>" are prose.
_ATTRIBUTES = r"""(?:\s+[\w:-]++\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>]++))*+\s*+/?>"""
_BREAKING_TAG = re.compile(rf"</?(?:{_BREAKING})\b{_ATTRIBUTES}", re.IGNORECASE)
_NO_TEXT = re.compile(rf"</?(?:{_INLINE})\b{_ATTRIBUTES}|<!--[^<>]{{0,300}}-->", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Byte-order mark, zero-width space, soft hyphen, and controls but tab and line ends: unseen in
# print, they would split words in two for a search.
UNSEEN = re.compile("[\ufeff\u200b\u00ad\x00-\x08\x0e-\x1b\x7f]")
_ENDS_SENTENCE = re.compile(r"[.!?:…。！？][\"'”’)\]]*$")
_LIST_MARK = re.compile(r"(?:[-*•‣◦–]|\d{1,2}[.)])\s")


def without_markup(text: str) -> str:
    """Return the text without leftover HTML tags, its character references decoded once."""
    if "<" in text:
        text = _BREAKING_TAG.sub("\n\n", _NO_TEXT.sub("", text))
    # Tags first, so that `&lt;b&gt;` stays what its author wanted seen. Semicolons are required:
    # `?a=1&copy=2` is a link.
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def blocks(text: str) -> list[Block]:
    """Return the lines of a text, their white space made single, as blank lines group them."""
    lines = (" ".join(raw.split()) for raw in UNSEEN.sub("", text).splitlines())
    return [list(group) for has_words, group in groupby(lines, key=bool) if has_words]


def ends_sentence(lines: Block) -> bool:
    """Return whether the last of these lines closes a sentence."""
    return bool(lines) and _ENDS_SENTENCE.search(lines[-1][-8:]) is not None


def unwrapped(blocks: list[Block], alone: Set[str] = frozenset()) -> list[Block]:
    """Join hard-wrapped lines of blocks; items of lists and lines that stand alone never."""

    def may_join(line: str, next_line: str) -> bool:
        return max(len(line), len(next_line)) <= WIDEST_WRAP and alone.isdisjoint((line, next_line))

    pairs = [pair for block in blocks for pair in pairwise(block)]
    short = [pair for pair in pairs if may_join(*pair)]
    # Wrapped lines break anywhere; lines that are paragraphs end their sentences.
    cut = [len(line) for line, _ in short if not ends_sentence([line])]
    if not cut or len(short) * 2 < len(pairs) or len(cut) * 2 < len(short):
        return blocks
    width = median(cut)
    lengths = sorted(len(line) for pair in short for line in pair)
    if width < max(NARROWEST_WRAP, 0.7 * lengths[len(lengths) * 9 // 10]):
        return blocks

    widest = max(len(line) for block in blocks for line in block if len(line) <= WIDEST_WRAP)

    def goes_on(line: str, next_line: str) -> bool:
        if not may_join(line, next_line) or _LIST_MARK.match(next_line):
            return False
        is_full = _length_with_next_word(line, next_line) > 0.9 * width
        return is_full or (not ends_sentence([line]) and len(line) > 0.5 * width)

    first = blocks[0]
    if len(first) > 1 and _length_with_next_word(*first[:2]) <= widest:
        blocks = [first[:1], first[1:], *blocks[1:]]  # a title glued to its article
    joined = []
    for block in blocks:
        joined.append(block[:1])
        for line, next_line in pairwise(block):
            if not goes_on(line, next_line):
                joined[-1].append(next_line)
                continue
            # Wrapping tools break words at hyphens that they find: "long-", "term" in "long-term".
            hyphenated = line[-2:-1].isalpha() and line.endswith("-") and next_line[:1].islower()
            joined[-1][-1] += next_line if hyphenated else f" {next_line}"
    return joined


def _length_with_next_word(line: str, next_line: str) -> int:
    return len(line) + 1 + len(next_line.split(" ", 1)[0])


# -- lines that are no part of the article

LONGEST_CAPTION = 450
SHORTEST_RELATED, LONGEST_RELATED = 12, 400
ABOVE_ARTICLE = 6
FEWEST_SPACES = 8  # in a caption that says something
SHORTEST_REPEAT, MOST_REPEATS = 60, 3  # characters; more lines repeat on purpose, as in a plan

# Behind the full stop of a caption, or alone; an agency also after a slash. Words run to the end of
# the line without a full stop: "Screengrab of a mayor's Twitter".
_AFTER_CAPTION = r"(?:^|[.!?)\]\"'”’]\s+)\(?"
_PICTURE = r"(?:file\s)?(?:photo(?:graph)?|screen(?:grab|shot)|image|picture|video|graphic)s?"
_CREDIT = re.compile(
    rf"{_AFTER_CAPTION}(?i:{_PICTURE}(?:\s(?:of|from|by|credits?|courtesy\sof):?|\s?[:/])"
    r"|courtesy\sof)\s?(?:(?:[A-Z]\.|[^\s.!?]+)(?:\s|$)){1,8}$"
    rf"|(?:{_AFTER_CAPTION}|\s/\s?){AGENCY}"
    r"(?:\s?[/-]\s?[\w.'’ -]{2,40}|\s(?:[Ff]ile\s)?[Pp]hoto(?:/[\w.'’ -]{2,40})?)?\)?$"
)
# A headline begins in capitals: "Related: three men were held" is a line of an article.
_POINTER = re.compile(
    r"(?i:read\s(?:more|also|next|full\sstory)|also\sread|more\son\sthis(?:\sstory)?|don['’]t\smiss"
    r"|click\shere|related(?:\s(?:stor(?:y|ies)|articles?|news|coverage|topics?))?|see\salso|watch"
    r"(?:\snow)?|recommended|in\spictures)\s*[:|>»–—]+\s*[^\sa-z]"
    r"|(?:ALSO\sREAD|READ\sALSO|READ\sMORE|RELATED)\s[A-Z]"
)
_SECTION = re.compile(r"\s*\|\s*(?!.*\d)[A-Z][\w&/'’-]*(?:\s[\w&/'’-]+){0,3}$")
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


def without_credit(paragraph: str) -> str:
    """Return a paragraph without a photograph's credit; empty if that leaves no sentence."""
    ends = re.findall(r"[.!?][\"'”’)]*\s+(?=[\"'“‘(A-Z])", paragraph)
    if len(paragraph) > LONGEST_CAPTION or len(ends) > 2:
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
    """Return whether a line points to another article, or is its headline, doubled or dated."""
    if not SHORTEST_RELATED <= len(line) <= LONGEST_RELATED:
        return False
    if _POINTER.match(line):
        return not ends_sentence([line])
    section = _SECTION.search(line)
    head = line[: section.start()] if section else line
    stamp = next((dated for dated in dates.written_in(head, today) if dated.end == len(head)), None)
    headline = head[: stamp.start].rstrip() if stamp else head
    is_stamped = stamp and section and len(headline) > 10 and not ends_sentence([headline])
    return bool(is_stamped) or is_doubled(headline)


def is_doubled(line: str) -> bool:
    half = len(line) // 2
    return line == f"{line[:half]} {line[:half]}" and line.count(" ", 0, half) >= 3


def without_repeats(lines: list[str]) -> list[str]:
    """Return the lines without captions that stand twice, and with other long repeats once.

    A page gives a caption twice, as text for the picture and below it. So a repeat right after the
    original is a caption when it stands above the article or is no sentence; then both copies go.
    """
    times = Counter(line for line in lines if len(line) >= SHORTEST_REPEAT)
    on_purpose = sum(number > 1 for number in times.values()) > MOST_REPEATS
    remaining: list[str] = []
    for place, (line, group) in enumerate(groupby(lines)):
        copies = list(group)
        may_be_caption = len(copies) > 1 and 20 <= len(line) <= LONGEST_CAPTION
        if may_be_caption and (place < ABOVE_ARTICLE or not ends_sentence([line])):
            continue
        # Short lines may come back on purpose, as in a poem or an interview.
        if len(line) < SHORTEST_REPEAT or on_purpose:
            remaining += copies
        elif times.pop(line, None):
            remaining.append(line)
    return remaining


def is_box(line: str) -> bool:
    """Whether a line is a button or what a box says, and no sentence of an article."""
    if len(line) > header.LONGEST_BOX:
        return False
    bare = line.strip(" .:!…»›→>*•|-–—")
    if _BUTTON.fullmatch(bare):
        return len(bare) > 3 and not line.endswith((".", "!", "?", "。"))
    return _ASKS.match(bare) is not None and not header.TELLS.search(bare)
