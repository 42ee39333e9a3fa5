"""HTML in books and letters becomes paragraphs."""

from __future__ import annotations

from typing import Any

from retrieval.reading import tables, trees

_NO_TEXT = (
    "script style head title nav svg math template noscript object iframe form button select"
    " textarea audio video"
).split()


def html_of(page: str) -> Any | None:
    """Return the root of an HTML page; None where there is nothing in it."""
    root = trees.parsed(page)
    if root is not None:
        trees.put_right(root)
    return root


def paragraphs(root: Any, *without: str) -> list[str]:
    """Return the paragraphs and table rows of an HTML tree, which is changed."""
    for element in list(root.iter(*_NO_TEXT, *without)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()
    tables.write_out(root)
    return trees.paragraphs(root)
