"""XML and HTML inside documents: parsed without entities or network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import lines, tables, trees
from retrieval.reading.documents import zipped

ENTITIES = (
    "this defines abbreviations (XML entities) of its own, as no office program does and files"
    " made to do harm do; it is not read."
)
# Emphasis and such, inside a paragraph. Every other element parts paragraphs.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp"
    " small span strike strong sub sup time tt u var wbr".split()
)
_NO_TEXT = (
    "script style head title nav svg math template noscript object iframe form button select"
    " textarea audio video"
).split()


def xml_of(data: bytes, name: str) -> Any:
    """Return the root of an XML part. Raises UnreadableSource if it is broken or has entities."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource(name, zipped.DAMAGED) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableSource(name, ENTITIES)
    return root


def html_of(page: str) -> Any | None:
    """Return the root of an HTML page; None where there is nothing in it."""
    root = trees.parsed(page)
    if root is not None:
        trees.put_right(root)
    return root


def paragraphs(root: Any, *without: str) -> list[str]:
    """Return the paragraphs and table rows of an HTML tree, which is changed."""
    from lxml import etree

    for element in list(root.iter(*_NO_TEXT, *without)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()
    tables.write_out(root)
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        apart = "" if local(element) in _INLINE else "\n\n"
        words = element.text if event == "start" else element.tail if element is not root else ""
        pieces += [apart, re.sub(r"\s+", " ", words or "")]
    return [line for block in lines.blocks("".join(pieces)) for line in block]


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """Return an attribute by its name without namespace; empty if there is none."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))


def texts(root: Any, *names: str) -> Iterator[str]:
    """Return what stands in all elements with these names, whatever their namespace."""
    for element in root.iter(*(f"{{*}}{name}" for name in names)):
        if words := trees.words(element):
            yield words
