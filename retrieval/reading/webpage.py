"""A saved web page becomes an article; trafilatura finds its text, nothing is ever fetched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from retrieval.errors import UnreadableSource
from retrieval.reading import bylines, dates, drafts, lines, pagemeta, plaintext
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.drafts import Draft
from retrieval.reading.pagemeta import PageMeta
from retrieval.reading.sources import Source, whole
from retrieval.records import Article

if TYPE_CHECKING:
    from trafilatura.settings import Document

NO_TEXT = (
    "no article text was found in this page; if it shows its text only in a browser, copy the text"
    " into a .txt file and add that."
)
# A page of words holds some hundred levels. Extractors walk trees by recursion.
DEEPEST_TREE = 400
# The longest encyclopedia pages hold half of this, which takes five seconds.
MOST_ELEMENTS = 100_000
NO_ARTICLE = (
    "this page is nested too deeply or too long to be an article; copy its text into a .txt file"
    " and add that."
)
# What trafilatura's body uses inside a paragraph; every other element is a paragraph of its own.
_INLINE = frozenset({"hi", "ref", "del", "span"})


def articles(source: Source) -> Iterator[Article]:
    """The one article of a web page."""
    data = whole(source)
    page = text_of(data, source.name, declared=declared_charset(data))
    draft = drafted(page, source.name, source.today)
    if draft.title is None and source.origin:
        draft = replace(draft, title=PurePath(source.origin).stem)
    yield drafts.article(draft, origin=source.origin)


def drafted(page: str, name: str, today: date, url: str | None = None) -> Draft:
    """The text of a page and what its markup, then its lines, tell of it.

    `url` is the address the page came from: relative links start from it.
    """
    tree = _tree(page, name)
    meta = pagemeta.of_tree(tree, url)
    document = _extracted(tree, name, today)
    paragraphs = _paragraphs(document.body)
    if not paragraphs:
        raise UnreadableSource(name, NO_TEXT)
    title = _title(document, meta)
    heading = [[title]] if title else []
    draft = plaintext.of_blocks(heading + [[line] for line in paragraphs], today, flowing=True)
    return Draft(
        text=draft.text,
        title=title or draft.title,
        url=meta.url or url,
        source=_publisher(document, meta) or draft.source,
        author=_author(document) or draft.author,
        published=_published(document, meta, today) or draft.published,
    )


def _tree(page: str, name: str) -> Any:
    from lxml import etree
    from lxml import html as lxml_html

    # Bytes, because lxml refuses strings that declare an encoding, as XHTML does.
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        tree = lxml_html.document_fromstring(page.encode(), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadableSource(name, NO_TEXT) from error
    depth = 0
    # Each element starts and ends.
    for step, (event, _) in enumerate(etree.iterwalk(tree, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST_TREE or step > 2 * MOST_ELEMENTS:
            raise UnreadableSource(name, NO_ARTICLE)
    return tree


def _extracted(tree: Any, name: str, today: date) -> Document:
    # Importing trafilatura takes a quarter of a second.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    # It logs a warning for each page without text, which the person is told anyway.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = bare_extraction(
            tree,
            include_comments=False,
            include_tables=False,
            with_metadata=True,
            # The search of the whole text takes years out of copyright lines for dates.
            date_extraction_params={
                "extensive_search": False,
                "original_date": True,
                "max_date": today.isoformat(),
            },
        )
    except Exception as error:  # it raises whatever its dozen heuristics run into
        raise UnreadableSource(name, NO_TEXT) from error
    if not isinstance(document, Document):
        raise UnreadableSource(name, NO_TEXT)
    return document


def _paragraphs(body: Any) -> list[str]:
    """The paragraphs, headings and list items of trafilatura's body, each once if long."""
    pieces: list[str] = []
    _gather(body, pieces)
    found = (line for block in lines.blocks("".join(pieces)) for line in block)
    seen: set[str] = set()
    kept = []
    for line in found:
        if len(line) < 40 or line not in seen:
            kept.append(line)
            seen.add(line)
    return kept


def _gather(element: Any, pieces: list[str]) -> None:
    """Add the words of an element, with an empty line around all that is no inline markup."""
    apart = "" if element.tag in _INLINE else "\n\n"
    # Line ends in the markup are spaces to a reader.
    pieces += [apart, " ".join((element.text or "").splitlines())]
    for child in element:
        _gather(child, pieces)
        pieces.append(" ".join((child.tail or "").splitlines()))
    pieces.append(apart)


def _title(document: Document, meta: PageMeta) -> str | None:
    title = " ".join((document.title or meta.title or "").split())
    for name in filter(None, (meta.publisher, document.sitename)):
        # "Pier reopens - The Harbour Post" names the paper a second time.
        for mark in (" - ", " | ", " – ", " — ", " :: "):
            title = title.removesuffix(mark + name)
    return title or None


def _publisher(document: Document, meta: PageMeta) -> str | None:
    """The name of the publisher; the bare domain only where the page gives no name."""
    return meta.publisher or document.sitename or None


def _author(document: Document) -> str | None:
    names = [bylines.without_by(name) for name in (document.author or "").split(";")]
    return bylines.listed([name for name in names if name]) or None


def _published(document: Document, meta: PageMeta, today: date) -> date | None:
    told = (*meta.published, document.date)
    found = (dates.parsed(written) for written in told if written)
    return next((value for value in found if value and dates.plausible(value, today)), None)
