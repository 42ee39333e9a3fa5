"""Word and OpenDocument texts become articles: what they say now, not what was struck out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import dates, plaintext
from retrieval.reading.documents import marked, properties, zipped
from retrieval.reading.drafts import Draft
from retrieval.reading.lines import ends_sentence

NO_TEXT = "this document holds no text; if it holds pictures of pages, run text recognition (OCR)."
LOCKED = "this document is locked with a password; save it without one and add that."
# In a table only cells of prose are read: a number without its row and column says nothing.
SHORTEST_CELL = 60

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRUCK_OUT = {_WORD + "del", _WORD + "moveFrom"}
# Text boxes stand twice, for newer and for older programs.
_SAID_TWICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WORD_SPACES = {_WORD + name: " " for name in ("tab", "br", "cr", "ptab")}
_WORD_SIGNS = {**_WORD_SPACES, _WORD + "noBreakHyphen": "-"}

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OPEN_SKIPPED = {
    *(_TEXT + name for name in ("tracked-changes", "note", "table-of-content", "ruby-text")),
    *(_TEXT + name for name in ("alphabetical-index", "illustration-index", "bibliography")),
    _OFFICE + "annotation",
    "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}title",
    "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}desc",
}
_OPEN_SPACES = {_TEXT + name for name in ("s", "tab", "line-break")}


def preload() -> None:
    """Import what reading office documents needs."""
    import docx

    docx.Document()


def word_drafted(data: bytes, name: str, today: date) -> Draft:
    """The article in a .docx file."""
    import docx
    from docx.opc.exceptions import OpcError
    from lxml import etree

    file = zipped.opened(data, name)
    for path in ("word/document.xml", "docProps/core.xml"):
        if content := zipped.part(file, path, name):
            marked.xml_of(content, name)
    try:
        document = docx.Document(io.BytesIO(data))
        told = document.core_properties
        facts = (told.title, told.author, _word_made(told))
        body = document.element.body
    # python-docx looks for elements and attributes that a damaged part lacks.
    except (OpcError, etree.LxmlError, *zipped.ERRORS, AttributeError, TypeError) as error:
        raise UnreadableSource(name, zipped.DAMAGED) from error
    if body is None:
        raise UnreadableSource(name, zipped.DAMAGED)
    return _draft(list(_word_paragraphs(body)), facts, name, today)


def _word_made(told: Any) -> date | None:
    """When a document was made, unless it was made from python-docx's own template."""
    made: date | None = told.created
    return None if made and made.isoformat().startswith("2013-12-23T23:15") else made


def _word_paragraphs(body: Any) -> Iterator[str]:
    from lxml import etree

    open_ones: list[list[str]] = []
    cells = 0
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "end":
            if tag == _WORD + "p" and open_ones:
                yield from _prose(open_ones.pop(), in_table=cells > 0)
            cells -= tag == _WORD + "tc"
        elif tag in _STRUCK_OUT or tag == _SAID_TWICE or _is_unseen(element):
            walk.skip_subtree()
            # The end of what is skipped comes all the same.
            if tag == _WORD + "p":
                open_ones.append([])
        elif tag == _WORD + "p":
            open_ones.append([])
        elif tag == _WORD + "tc":
            cells += 1
        elif open_ones:
            open_ones[-1].append(
                element.text or "" if tag == _WORD + "t" else _WORD_SIGNS.get(tag, "")
            )


def _is_unseen(element: Any) -> bool:
    """Whether a run is hidden, or a paragraph is a line of the table of contents."""
    if element.tag == _WORD + "r":
        return element.find(f"{_WORD}rPr/{_WORD}vanish") is not None
    if element.tag == _WORD + "p":
        style = element.find(f"{_WORD}pPr/{_WORD}pStyle")
        return style is not None and str(style.get(_WORD + "val")).upper().startswith("TOC")
    return False


def open_drafted(data: bytes, name: str, today: date) -> Draft:
    """The article in an .odt file."""
    file = zipped.opened(data, name)
    if b"encryption-data" in zipped.part(file, "META-INF/manifest.xml", name):
        raise UnreadableSource(name, LOCKED)
    content = zipped.part(file, "content.xml", name)
    if not content:
        raise UnreadableSource(name, zipped.DAMAGED)
    root = marked.xml_of(content, name)
    meta = zipped.part(file, "meta.xml", name)
    facts = _open_facts(marked.xml_of(meta, name)) if meta else (None, None, None)
    return _draft(list(_open_paragraphs(root)), facts, name, today)


def _open_facts(meta: Any) -> tuple[str | None, str | None, date | None]:
    def first(*names: str) -> str | None:
        return next((words for name in names for words in marked.texts(meta, name)), None)

    made = first("creation-date")
    return (
        first("title"),
        first("initial-creator", "creator"),
        dates.parsed(made.split(".")[0]) if made else None,
    )


def _open_paragraphs(root: Any) -> Iterator[str]:
    from lxml import etree

    open_ones: list[list[str]] = []
    cells = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        paragraph = tag in (_TEXT + "p", _TEXT + "h")
        if event == "start":
            cells += tag == _TABLE + "table-cell"
            if paragraph:
                open_ones.append([])
            if tag in _OPEN_SKIPPED:
                walk.skip_subtree()
            elif open_ones:
                open_ones[-1] += [" " if tag in _OPEN_SPACES else "", element.text or ""]
            continue
        cells -= tag == _TABLE + "table-cell"
        if paragraph:
            yield from _prose(open_ones.pop(), in_table=cells > 0)
        if open_ones:
            open_ones[-1].append(element.tail or "")


def _prose(parts: list[str], *, in_table: bool) -> Iterator[str]:
    """A paragraph's parts on one line, if it is not empty and no mere figure of a table."""
    words = " ".join("".join(parts).split())
    if words and not (in_table and _is_number(words)):
        yield words


def _is_number(words: str) -> bool:
    """Whether a cell holds a number or a name, and no prose."""
    return len(words) < SHORTEST_CELL and not (ends_sentence([words]) and words.count(" ") > 2)


def _draft(
    paragraphs: list[str],
    facts: tuple[str | None, str | None, date | None],
    name: str,
    today: date,
) -> Draft:
    """The draft of a document's paragraphs and what its properties say."""
    if not paragraphs:
        raise UnreadableSource(name, NO_TEXT)
    title, author, made = properties.title(facts[0]), properties.author(facts[1]), facts[2]
    heading = [[title]] if title else []
    draft = plaintext.of_blocks(heading + [[one] for one in paragraphs], today, flowing=True)
    if made and not dates.plausible(made, today):
        made = None
    return replace(
        draft,
        title=title or draft.title,
        author=draft.author or author,
        published=draft.published or (dates.day_of(made) if made else None),
    )
