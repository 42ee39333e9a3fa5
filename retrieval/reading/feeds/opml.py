"""OPML, the lists of feeds that feed readers exchange: in by listparser, out by lxml."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.entries import Listed
from retrieval.errors import UnreadableSource
from retrieval.reading.feeds import telling

BROKEN = "this list of feeds cannot be read; export it again as OPML."
EMPTY = "this list names no feed; an OPML list has an `xmlUrl` for each of them."


def feeds(content: bytes, name: str) -> list[Listed]:
    """The feeds of a list, each once, in its order."""
    # It would import requests, if that is there, which takes a while.
    import listparser

    try:
        found = listparser.parse(content)
    except Exception as error:  # it raises whatever a broken file makes its parts run into
        raise UnreadableSource(name, BROKEN) from error
    named = [
        Listed(link, telling.line(one.get("title")))
        for one in found.feeds
        if (link := telling.link(one.url, ""))
    ]
    if not named:
        raise UnreadableSource(name, EMPTY)
    return named


def written(named: Iterable[Listed]) -> str:
    """A list that any feed reader takes."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Feeds followed by Quotewise"
    body = etree.SubElement(root, "body")
    for one in named:
        title = _printable(one.title or one.url)
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=one.url)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return text.decode()


def _printable(words: str) -> str:
    """Words without what XML cannot write."""
    return "".join(letter for letter in words if letter.isprintable())
