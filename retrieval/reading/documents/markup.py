"""HTML in books and letters becomes paragraphs."""

from __future__ import annotations

import re
from typing import Any

from retrieval.reading import lines, tables, trees

_NO_TEXT = (
    "script style head title nav svg math template noscript object iframe form button select"
    " textarea audio video"
).split()


def paragraphs(root: Any, *without: str) -> list[str]:
    """Return the paragraphs and table rows of an HTML tree, which is changed."""
    from lxml import etree

    trees.put_right(root)
    for element in list(root.iter(*_NO_TEXT, *without)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()
    tables.write_out(root)
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        apart = "" if element.tag in trees.INLINE else "\n\n"
        words = element.text if event == "start" else element.tail if element is not root else ""
        pieces += [apart, re.sub(r"\s+", " ", words or "")]
    return [line for block in lines.blocks("".join(pieces)) for line in block]
