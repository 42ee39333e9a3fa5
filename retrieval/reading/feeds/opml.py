"""OPML, the lists of feeds that feed readers exchange: in by listparser, out by lxml."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.entries import Listed
from retrieval.errors import UnreadableSource
from retrieval.reading.feeds import fields

BROKEN = "this list of feeds cannot be read; export it again as OPML."
EMPTY = "this list names no feed; an OPML list has an `xmlUrl` for each of them."
NO_LINK = "this is no link to a feed; in the list, write one that begins with https:// or http://."
NO_LINKS = "none of the feeds in this list has a link; those begin with https:// or http://."
LONGEST_TOLD = 200
PARSER_ERRORS = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)
"""What feedparser and listparser raise over broken files, as they have no errors of their own."""


def feeds(content: bytes, name: str) -> list[Listed]:
    """The feeds of a list, each once, in its order, and those that have no link to follow."""
    # It would import requests, if that is there, which takes a while.
    import listparser

    try:
        found = listparser.parse(content)
    except PARSER_ERRORS as error:
        raise UnreadableSource(name, BROKEN) from error
    named = [_listed(one.url, fields.line(one.get("title"))) for one in found.feeds]
    if all(one.refused for one in named):
        raise UnreadableSource(name, NO_LINKS if named else EMPTY)
    return named


def _listed(written: str, title: str | None) -> Listed:
    link = fields.link(written, "")
    if link:
        return Listed(link, title)
    return Listed((fields.line(written) or "")[:LONGEST_TOLD], title, refused=NO_LINK)


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
