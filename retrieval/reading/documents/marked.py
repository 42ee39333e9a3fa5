"""XML and HTML inside documents: parsed without entities or network, walked without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import inline, lines
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
_NO_TEXT = frozenset(
    "script style head title nav svg math template noscript object iframe form button select"
    " textarea audio video canvas figure".split()
)


def xml_of(data: bytes, name: str) -> Any:
    """The root of an XML part. Raises UnreadableSource where it is broken or defines entities."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource(name, zipped.DAMAGED) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableSource(name, ENTITIES)
    return root


def html_of(page: str) -> Any | None:
    """The root of an HTML page; None where there is nothing in it."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        root = lxml_html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    inline.put_right(root)
    return root


def paragraphs(root: Any, *, without: frozenset[str] = frozenset()) -> list[str]:
    """The paragraphs of an HTML tree, without elements that hold no prose."""
    from lxml import etree

    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event in ("comment", "pi"):
            pieces.append(_flat(element.tail))
            continue
        name = local(element)
        apart = "" if name in _INLINE else "\n\n"
        if event == "start":
            pieces.append(apart)
            if name in _NO_TEXT or name in without or is_note(element):
                walk.skip_subtree()
            else:
                pieces.append(_flat(element.text))
        else:
            pieces += [apart, _flat(element.tail) if element is not root else ""]
    return [line for block in lines.blocks("".join(pieces)) for line in block]


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """An attribute by its name without namespace; empty if there is none."""
    return next(
        (str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def is_note(element: Any) -> bool:
    """Whether an element of a book is a footnote or the mark of one."""
    kind = element.get("epub:type") or element.get("{http://www.idpf.org/2007/ops}type") or ""
    return bool({"noteref", "footnote", "endnote", "pagebreak"}.intersection(kind.split()))


def texts(root: Any, name: str) -> Iterator[str]:
    """What stands in all elements with a name, whatever their namespace."""
    for element in root.iter("{*}" + name):
        if words := " ".join("".join(element.itertext()).split()):
            yield words


def _flat(words: str | None) -> str:
    """Line ends in markup are spaces to a reader."""
    return " ".join((words or "").splitlines()) if words else ""
