"""A saved web page becomes an article; trafilatura finds its text, nothing is ever fetched."""

from __future__ import annotations

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
    bylines,
    clutter,
    dates,
    drafts,
    furniture,
    header,
    inline,
    pagebody,
    pagekind,
    pagelines,
    pagemeta,
    paywalls,
    plaintext,
    sandbox,
    sites,
    spared,
)
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.drafts import Draft
from retrieval.reading.header import Facts
from retrieval.reading.pagelines import Line
from retrieval.reading.pagemeta import PageMeta
from retrieval.reading.sources import Source, whole
from retrieval.records import Article

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
        "retrieval.reading.webpage.parse",
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
    told = told or authors.names(pagebody.guessed_authors(tree), meta.publisher)
    furniture.remove_boxes(tree)
    left = pagelines.of_tree(tree)
    furniture.remove_lines(tree)
    spared.spare(tree)
    body = pagebody.extracted(tree)
    paragraphs = pagebody.paragraphs(body, left) if body is not None else []
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
        source=meta.publisher or draft.source or sites.domain(link),
        author=bylines.listed(told) or draft.author,
        published=_published(meta, above, draft.published, today),
        note=paywalls.note(seen, draft.text, meta.free),
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
