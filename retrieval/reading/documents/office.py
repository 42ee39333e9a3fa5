"""Word and OpenDocument texts: what they say now, not what was struck out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import tables
from retrieval.reading.documents import prose, zipped
from retrieval.reading.documents.zipped import attribute, local
from retrieval.reading.drafts import Draft

NO_TEXT = "this document holds no text; if it holds pictures of pages, run text recognition (OCR)."
LOCKED = "this document is locked with a password; save it without one and add that."

# The elements of both formats by their local names, so that strict Office Open XML, which has
# other namespaces, is read, too.
_SKIPPED = frozenset(
    # Struck out or hidden, and text boxes that stand twice, for newer and for older programs.
    "del moveFrom Fallback tracked-changes annotation table-of-content alphabetical-index"
    " illustration-index ruby-text title desc".split()
)
_SPACES = frozenset("tab br cr ptab s line-break".split())
_BOXES = frozenset({"txbxContent", "text-box"})
_TABLES = frozenset({"tbl", "table"})
_ROWS = frozenset({"tr", "table-row"})
_CELLS = frozenset({"tc", "table-cell", "covered-table-cell"})
_LEFT_OUT = {
    "commentReference": "comment",
    "annotation": "comment",
    "altChunk": "inserted file",
    "chart": "chart or other object",
    "OLEObject": "chart or other object",
    "object-ole": "chart or other object",
    "relIds": "chart or other object",
}


def word_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article in a .docx file. Raises UnreadableSource if it is damaged or empty."""
    file = zipped.opened(data, name)
    types = zipped.xml(file, "[Content_Types].xml", name)
    paths: dict[str, str] = {}
    for entry in types.iter("{*}Override") if types is not None else ():
        # Such as application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml.
        kind = re.split(r"[.+]", entry.get("ContentType", ""))[-2:][0]
        paths.setdefault(kind, entry.get("PartName", "").lstrip("/"))
    notes = {
        (kind, attribute(note, "id")): note
        for kind in ("footnote", "endnote")
        if (parent := zipped.xml(file, paths.get(f"{kind}s", ""), name)) is not None
        for note in parent
    }
    body = zipped.xml(file, paths.get("main", "word/document.xml"), name)
    facts = zipped.xml(file, paths.get("core-properties", ""), name)
    return _draft(body, notes, facts, name, today)


def open_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article in an .odt file. Raises UnreadableSource if it is damaged or empty."""
    file = zipped.opened(data, name)
    if b"encryption-data" in zipped.part(file, "META-INF/manifest.xml", name):
        raise UnreadableSource(name, LOCKED)
    content = zipped.xml(file, "content.xml", name)
    return _draft(content, {}, zipped.xml(file, "meta.xml", name), name, today)


def _draft(content: Any | None, notes: dict[Any, Any], meta: Any, name: str, today: date) -> Draft:
    if content is None:
        raise UnreadableSource(name, zipped.DAMAGED)
    walk = _Walk(notes)
    paragraphs = list(walk.paragraphs(content))
    if not paragraphs:
        raise UnreadableSource(name, NO_TEXT)
    title = prose.title(next(zipped.texts(meta, "title"), None))
    authors = (*zipped.texts(meta, "initial-creator"), *zipped.texts(meta, "creator"))
    draft = prose.draft(
        paragraphs, today, title=title, author=prose.author(next(iter(authors), None))
    )
    left_out = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in walk.left_out.items()]
    return replace(draft, note=f"not read: {' and '.join(left_out)}." if left_out else None)


class _Walk:
    """A walk through a document that counts what it leaves out."""

    def __init__(self, notes: dict[Any, Any]) -> None:
        self.left_out: Counter[str] = Counter()
        self._notes = notes

    def paragraphs(self, parent: Any) -> Iterator[str]:
        """Yield the paragraphs below an element, and its tables row by row."""
        for element in parent:
            name = local(element)
            if name in ("p", "h") and not _is_of_contents(element):
                after: list[str] = []
                words = " ".join("".join(self._inline(element, after)).split())
                yield from [words] if words else []
                yield from after
            elif name in _TABLES:
                yield from self._table(element)
            elif not self._is_left_out(element, name):
                yield from self.paragraphs(element)

    def _inline(self, parent: Any, after: list[str]) -> Iterator[str]:
        """Yield the words of a paragraph; notes and boxes in it come after it."""
        open_document = "opendocument" in parent.tag
        if open_document or local(parent) == "t":
            yield parent.text or ""
        for element in parent:
            name = local(element)
            if name in ("footnoteReference", "endnoteReference"):
                note = self._notes.pop((name[:-9], attribute(element, "id")), None)
                after += self.paragraphs(note) if note is not None else []
            elif name == "note" or name in _BOXES:
                body = element.find("{*}note-body") if name == "note" else element
                after += self.paragraphs(body) if body is not None else []
            elif name in _SPACES:
                yield " "
            elif name == "noBreakHyphen":
                yield "-"
            elif not self._is_left_out(element, name):
                yield from self._inline(element, after)
            if open_document:
                yield element.tail or ""

    def _is_left_out(self, element: Any, name: str) -> bool:
        if kind := _LEFT_OUT.get(name):
            self.left_out[kind] += 1
        hidden = name == "r" and element.find("{*}rPr/{*}vanish") is not None
        return hidden or name in _SKIPPED or not name

    def _table(self, table: Any) -> Iterator[str]:
        """Yield the rows with the names of their columns; the cells, if they are not short."""
        rows = [row for row in table.iter("{*}tr", "{*}table-row") if _table_of(row) is table]
        cells: list[list[list[str]]] = []
        for row in rows:
            cells.append([])
            for cell in (one for one in row.iter() if local(one) in _CELLS):
                if _table_of(cell) is table:
                    above = cells[-2] if len(cells) > 1 else []
                    place = len(cells[-1])
                    merged = _is_merged(cell) and place < len(above)
                    cells[-1].append(above[place] if merged else list(self.paragraphs(cell)))
                    cells[-1] += [[]] * (_span(cell) - 1)
        flat = [one for row in cells for cell in row for one in cell]
        texts = [[" ".join(cell) for cell in row] for row in cells]
        if max(map(len, flat), default=0) > tables.LONGEST_CELL or max(map(len, texts)) < 2:
            yield from flat
        else:
            yield from tables.as_lines(texts, has_names=_names_columns(rows[0], texts))


def _is_of_contents(paragraph: Any) -> bool:
    style = paragraph.find("{*}pPr/{*}pStyle")
    return style is not None and attribute(style, "val").upper().startswith("TOC")


def _table_of(element: Any) -> Any:
    return next(one for one in element.iterancestors() if local(one) in _TABLES)


def _is_merged(cell: Any) -> bool:
    """Whether a cell of Word belongs to the one above."""
    merge = cell.find("{*}tcPr/{*}vMerge")
    return merge is not None and attribute(merge, "val") != "restart"


def _span(cell: Any) -> int:
    span = cell.find("{*}tcPr/{*}gridSpan")
    number = attribute(span, "val") if span is not None else ""
    return min(int(number), tables.MOST_COLUMNS) if number.isdecimal() and number != "0" else 1


def _names_columns(row: Any, texts: list[list[str]]) -> bool:
    """Whether the first row says so, or is the only one without figures."""
    if (
        row.find("{*}trPr/{*}tblHeader") is not None
        or local(row.getparent()) == "table-header-rows"
    ):
        return True
    figures = [any(re.search(r"\d", cell) for cell in row) for row in texts]
    return not figures[0] and len(figures) > 1 and all(figures[1:]) and all(texts[0][1:])
