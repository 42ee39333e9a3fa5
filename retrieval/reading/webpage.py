"""A saved web page becomes an article; trafilatura finds its text, nothing is ever fetched."""

from __future__ import annotations

import logging
import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from itertools import takewhile
from pathlib import PurePath
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import (
    authors,
    boxes,
    boxnames,
    bylines,
    clutter,
    dates,
    drafts,
    furniture,
    header,
    inline,
    lines,
    pagekind,
    pagelines,
    pagemeta,
    plaintext,
    sandbox,
)
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.drafts import Draft
from retrieval.reading.furniture import Prose, is_sentence
from retrieval.reading.header import Facts
from retrieval.reading.pagelines import Line, words_in
from retrieval.reading.pagemeta import PageMeta
from retrieval.reading.sources import Source, whole
from retrieval.records import Article

# In lines: what stands between two paragraphs of an article.
LONGEST_GAP = 12
# In elements; ordinary pages have some thousand.
MOST_FOR_SECOND_OPINION = 10_000
# What trafilatura's body uses inside a paragraph; every other element is a paragraph of its own.
_INLINE = frozenset({"hi", "ref", "del", "span"})

# In words; a line in a table that is shorter is an entry of it.
SHORTEST_TOLD = 9
# A table that holds more of what a page tells lays out the page.
LARGEST_SHARE = 0.5
_APART = ("table", "aside")

ONLY_THE_BEGINNING = (
    "only its beginning was read, as the page says that the rest is for subscribers; if you are"
    " one, save the page in your browser and add the .html file."
)

BELOW = 8  # lines under the text of which one is the door
LONGEST_DOOR = 160  # characters

_DOOR = re.compile(
    r"(?:subscribe|register|(?:log|sign)\s?(?:in|up)|join|create\s(?:an?|your)\s(?:free\s)?account)"
    r"(?:\s(?:now|today|here|for\sfree))?\sto\s(?:continue|keep\sreading|read\s(?:on|more|the|this))"
    r"|continue\sreading\s(?:with|by|for)\b|(?:the\srest|remainder)\sof\sthis\s(?:article|story)"
    r"|to\s(?:continue\sreading|(?:read|see|unlock)\s(?:the\s(?:full|rest|whole|entire)|this)\b)"
    r"|(?:article|story|content|post)\sis\s(?:\w+\s){0,3}(?:for|to)\s(?:\w+\s){0,2}(?:subscribers|members)"
    r"|(?:for|to)\s(?:paying\s|paid\s)?subscribers\sonly|(?:subscriber|member)s?[\s-](?:only|exclusive)"
    r"|already\sa\s(?:subscriber|member)\b|you(?:['’]ve|\shave)\sreached\syour\s.{0,20}limit"
    r"|weiterlesen\smit|(?:artikel|inhalt)\s.{0,30}(?:nur\sfür|exklusiv).{0,20}abonnent"
    r"|jetzt\s(?:abonnieren|testen)\sund\sweiterlesen|bereits\sabonnent"
    r"|réservée?s?\s(?:à|aux)\s(?:nos\s)?abonn|il\svous\sreste\s.{0,30}à\slire|déjà\sabonn"
    r"|(?:exclusiv\w|solo)\s(?:para|de)\s(?:los\s)?suscriptores|ya\seres\ssuscriptor"
    r"|suscríbete\spara\s(?:seguir|continuar)|только\s(?:для|по)\sподпис",
    re.IGNORECASE,
)

# A page of words holds some hundred levels. Extractors walk trees by recursion.
DEEPEST_TREE = 400
# The longest encyclopedia pages hold half of this, which takes five seconds.
MOST_ELEMENTS = 100_000
# In paragraphs: a byline, a publisher and a date; or a bio, a line on rights, and another.
FOOT = 3
NO_ARTICLE = (
    "this page is nested too deeply or too long to be an article; copy its text into a .txt file"
    " and add that."
)


def articles(source: Source) -> Iterator[Article]:
    """The one article of a web page."""
    data = whole(source)
    found = sandbox.parsed(
        parse,
        data,
        name=source.name,
        today=source.today.isoformat(),
        url=source.url,
    )
    draft = drafts.from_json(found[0])
    if draft.title is None and source.origin:
        draft = replace(draft, title=PurePath(source.origin).stem)
    yield drafts.article(draft, origin=source.origin)


def parse(data: bytes, *, name: str, today: str, url: str | None = None) -> list[dict[str, Any]]:
    """The draft of a page in JSON: what the sandbox runs."""
    page = text_of(data, name, declared=declared_charset(data))
    return [drafts.to_json(drafted(page, name, date.fromisoformat(today), url))]


def preload() -> None:
    """Read a page, so that all that reading one imports is there."""
    boxes.preload()
    with suppress(UnreadableSource):
        drafted("<p>", "", date.today())


def drafted(page: str, name: str, today: date, url: str | None = None) -> Draft:
    """The text of a page and what its markup, then its lines, tell of it.

    `url` is the address the page came from: relative links start from it, and its domain names the
    publisher where nothing else does.
    """
    tree = _tree(page, name)
    inline.put_right(tree)
    seen = pagelines.of_tree(tree)
    meta = pagemeta.of_tree(tree, seen, url)
    has = pagekind.machinery(tree)
    above = _above(seen, meta.title, today)
    told = _authors(meta) or authors.names([above.author or ""], meta.publisher)
    told = told or authors.names(guessed_authors(tree), meta.publisher)
    furniture.remove_boxes(tree)
    left = pagelines.of_tree(tree)
    furniture.remove_lines(tree)
    spare_tables(tree)
    body = extracted_body(tree)
    paragraphs = body_paragraphs(body, left) if body is not None else []
    if reason := pagekind.why_no_article(seen, left, paragraphs, meta, has):
        raise UnreadableSource(name, reason)
    paragraphs = clutter.without_pull_quotes(_only_text(paragraphs, told, meta.publisher))
    heading = [[meta.title]] if meta.title else []
    blocks = heading + [[line] for line in paragraphs]
    draft = plaintext.of_blocks(blocks, today, flowing=True, title_will_do=False)
    if not draft.text:
        raise UnreadableSource(name, pagekind.NO_TEXT)
    link = meta.url or url
    return Draft(
        text=draft.text,
        title=meta.title or draft.title,
        url=link,
        source=meta.publisher or draft.source or pagemeta.domain(link),
        author=bylines.listed(told) or draft.author,
        published=_published(meta, above, draft.published, today),
        note=paywall_note(seen, draft.text, meta.free),
    )


def _tree(page: str, name: str) -> Any:
    from lxml import etree
    from lxml import html as lxml_html

    # Bytes, because lxml refuses strings that declare an encoding, as XHTML does.
    parser = lxml_html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        tree = lxml_html.document_fromstring(page.encode(), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadableSource(name, pagekind.NO_TEXT) from error
    depth = 0
    # Each element starts and ends.
    for step, (event, _) in enumerate(etree.iterwalk(tree, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST_TREE or step > 2 * MOST_ELEMENTS:
            raise UnreadableSource(name, NO_ARTICLE)
    return tree


def _only_text(paragraphs: list[str], authors: list[str], publisher: str | None) -> list[str]:
    """The paragraphs without those above and below on who wrote them, and whose they are.

    Elsewhere a sentence may well tell what its author did.
    """
    named = [*authors, *filter(None, [publisher])]
    head = (line for line in paragraphs[:FOOT] if not bylines.only_names(line, named))
    foot = (
        line
        for line in paragraphs[FOOT:][-FOOT:]
        if not boxes.is_bio(line, authors) and not boxes.is_rights(line)
    )
    return [*head, *paragraphs[FOOT:-FOOT], *foot]


def _above(seen: list[Line], title: str | None, today: date) -> Facts:
    """What the lines around the title, above the first paragraph, tell of author and date."""
    place = next((number for number, line in enumerate(seen) if line.text == title), None)
    if place is None:
        return Facts()
    facts = Facts()
    below = takewhile(lambda line: not line.is_prose, seen[place + 1 : place + 16])
    for line in (*below, *seen[max(0, place - 3) : place]):
        if told := header.facts_in(line.text, today):
            facts = facts.or_else(told)
    return facts


def _authors(meta: PageMeta) -> list[str]:
    """The names of the first telling that has any."""
    tellings = (authors.names(list(told), meta.publisher) for told in meta.authors)
    return next(filter(None, tellings), [])


def _published(meta: PageMeta, above: Facts, below: date | None, today: date) -> date | None:
    """The first date told; with its time and zone where a later telling of that day has them."""
    told = [value for one in meta.published if (value := _published_as_told(one, today))]
    in_link = dates.in_link(meta.url, today) if meta.url else None
    values = [*told, *filter(None, (above.published, above.dated, below, in_link))]
    if not values:
        return None
    return next((value for value in values if _is_finer(value, values[0])), values[0])


def _published_as_told(told: str, today: date) -> date | None:
    value = dates.parsed(told)
    return value if value and dates.plausible(value, today) else None


def _is_finer(value: date, first: date) -> bool:
    """Whether a date has the zone that another of about the same day lacks."""
    zoned = isinstance(value, datetime) and value.tzinfo is not None
    return zoned and abs((dates.day_of(value) - dates.day_of(first)).days) <= 1


def paywall_note(seen: list[Line], text: str, free: bool | None) -> str | None:
    """What to say of a page with this text if the rest of it is for subscribers; else None.

    `free` is what its markup says of all of it. A subscriber's page may say the same and shows no
    door; a free site's may have one at its head, or for something else.
    """
    paragraphs = set(text.split("\n\n"))
    places = [place for place, line in enumerate(seen) if line.text in paragraphs]
    if free or not places:
        return None
    below = seen[places[-1] + 1 :]
    shown = below if free is False else below[:BELOW]
    return ONLY_THE_BEGINNING if any(_is_door(line.text) for line in shown) else None


def _is_door(line: str) -> bool:
    return len(line) <= LONGEST_DOOR and _DOOR.search(line) is not None


def spare_tables(tree: Any) -> None:
    """Change a tree so that its sentences are found wherever they stand between paragraphs."""
    page = Prose(tree)
    by_headings = boxnames.makes_ids_of_headings(tree)
    for element in tree.iter("section", "div", "p", "span"):
        if (element.get("id") or element.get("class")) and page.is_told_in(element, sure=True):
            boxnames.take_misleading(element, by_headings=by_headings)
    for element in [one for one in tree.iter(*_APART) if _is_beside_prose(one, page)]:
        _put_as_paragraphs(element, page)


def _is_beside_prose(element: Any, page: Prose) -> bool:
    """Whether a table or an aside tells something, and stands next to a paragraph."""
    if not page.is_told_in(element, sure=True) or page.share(element) > LARGEST_SHARE:
        return False
    before = next(
        (one for one in element.itersiblings(preceding=True) if page.has_lines(one)), None
    )
    after = next((one for one in element.itersiblings() if page.has_lines(one)), None)
    return any(one is not None and page.is_paragraph(one) for one in (before, after))


def _put_as_paragraphs(element: Any, page: Prose) -> None:
    """Put the sentences of an element in its place; entries of a table are left out."""
    told = [
        line.text
        for line in page.within(element)
        if is_sentence(line) and words_in(line.text) >= SHORTEST_TOLD
    ]
    element.clear(keep_tail=True)
    element.tag = "div"
    for text in told:
        paragraph = element.makeelement("p")
        paragraph.text = text
        element.append(paragraph)


def extracted_body(tree: Any) -> Any:
    """The body that trafilatura finds in a tree, which it changes; None where it finds nothing."""
    # Importing trafilatura takes a quarter of a second.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    # It logs a warning for each page without text, which the person is told anyway.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        # A second opinion takes time that grows with the square of the paragraphs.
        fast = sum(1 for _ in tree.iter()) > MOST_FOR_SECOND_OPINION
        document = bare_extraction(tree, include_comments=False, include_tables=False, fast=fast)
    except Exception:  # it raises whatever its dozen heuristics run into
        return None
    return document.body if isinstance(document, Document) else None


def guessed_authors(tree: Any) -> list[str]:
    """Whom trafilatura takes for the authors, by the names of what holds them."""
    from trafilatura.metadata import extract_author

    try:
        found = extract_author(tree)
    except Exception:  # as above
        return []
    return (found or "").split(";")


def body_paragraphs(body: Any, left: list[Line]) -> list[str]:
    """The paragraphs, headings and list items of trafilatura's body, each once if long.

    `left` are the lines of the page as a reader sees them.
    """
    pieces: list[str] = []
    _gather(body, pieces)
    found = [line for block in lines.blocks("".join(pieces)) for line in block]
    seen: set[str] = set()
    kept = []
    for line in _completed(_unglued(found, left), left):
        if len(line) < 40 or line not in seen:
            kept.append(line)
            seen.add(line)
    return kept


def _unglued(found: list[str], seen: list[Line]) -> list[str]:
    """The paragraphs, those that hold several lines of the page taken apart into these.

    Where trafilatura is at a loss it gives all the words of a page in one piece.
    """
    longest = max((len(line.text) for line in seen), default=0)
    apart: list[str] = []
    for paragraph in found:
        if len(paragraph) <= longest:
            apart.append(paragraph)
            continue
        held = [line for line in seen if line.text in paragraph and not line.is_link]
        apart += [line.text for line in held] or [paragraph]
    return apart


def _completed(found: list[str], left: list[Line]) -> list[str]:
    """The paragraphs, with the headings and sentences between them that are missing.

    Trafilatura leaves out a paragraph for the links in it.
    """
    places: list[int | None] = []
    after = 0
    index: dict[str, list[int]] = {}
    for number, line in enumerate(left):
        index.setdefault(line.text, []).append(number)
    place: int | None
    for paragraph in found:
        at = index.get(paragraph, [])
        place = at[later] if (later := bisect_left(at, after)) < len(at) else None
        places.append(place)
        after = after if place is None else place + 1
    whole: list[str] = []
    before: int | None = None
    for paragraph, place in zip(found, places, strict=True):
        if before is not None and place is not None and place - before <= LONGEST_GAP:
            between = left[before + 1 : place]
            whole += [line.text for line in between[:-1] if line.is_prose]
            whole += [line.text for line in between[-1:] if _belongs(line)]
        whole.append(paragraph)
        before = place
    return whole


def _belongs(line: Line) -> bool:
    """Whether a line directly above a paragraph of the article is part of it, too."""
    return (line.level > 1 and not line.is_link) or line.is_prose


def _gather(element: Any, pieces: list[str]) -> None:
    """Add the words of an element, with an empty line around all that is no inline markup."""
    apart = "" if element.tag in _INLINE else "\n\n"
    # Line ends in the markup are spaces to a reader.
    pieces += [apart, " ".join((element.text or "").splitlines())]
    for child in element:
        _gather(child, pieces)
        pieces.append(" ".join((child.tail or "").splitlines()))
    pieces.append(apart)
