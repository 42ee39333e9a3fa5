"""HTML as a tree, and the words in it."""

from __future__ import annotations

from typing import Any


def parsed(page: str) -> Any | None:
    """Return the root of some HTML, without comments; None where there is nothing in it.

    Nothing is fetched. What follows a comment is text like any other, and walks through a tree
    that has comments would pass it by.
    """
    from lxml import etree, html

    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        # Bytes, because lxml refuses strings that declare an encoding, as XHTML does.
        return html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def words(element: Any) -> str:
    """Return the words in an element on one line."""
    return " ".join("".join(element.itertext()).split())
