"""Word and OpenDocument texts: what they say now, not what was struck out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.sources import drafts, html_tree, plaintext, zipped
from retrieval.sources.drafts import Draft

NO_TEXT = "this document holds no text; if it holds pictures of pages, run text recognition (OCR)."

# What the elements of both formats are in HTML; all others are parts of lines.
_IN_HTML = {
    **dict.fromkeys(("p", "h"), "p"),
    **dict.fromkeys(("tbl", "table"), "table"),
    **dict.fromkeys(("tr", "table-row"), "tr"),
    **dict.fromkeys(("tc", "table-cell", "covered-table-cell"), "td"),
    **{"table-header-rows": "thead", "th": "th"},
}
_CHARACTERS = {**dict.fromkeys("tab br cr ptab s line-break".split(), " "), "noBreakHyphen": "-"}
_SKIPPED = (
    # Struck out or hidden, and text boxes that stand twice, for newer and for older programs.
    "hidden del moveFrom Fallback tracked-changes annotation table-of-content alphabetical-index"
    " illustration-index ruby-text note-citation title desc binary-data"
).split()
# Moved out of their paragraph, behind it.
_BOXES = ("footnoteReference", "endnoteReference", "note-body", "txbxContent", "text-box")
_LEFT_OUT = {
    **dict.fromkeys(("commentReference", "annotation"), "comment"),
    **dict.fromkeys(("chart", "OLEObject", "object-ole", "relIds"), "chart or other object"),
    "altChunk": "inserted file",
}


def word_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article in a .docx file. Raises UnreadableSource if it is damaged or empty."""
    file = zipped.opened(data, name)

    def part(path: str) -> Any:
        numbered = re.compile(rf"/?{path}\d*\.xml")  # as some programs do
        return zipped.xml(file, next(filter(numbered.fullmatch, file.namelist()), ""), name)

    root = part("word/document")
    notes = (*part("word/footnotes"), *part("word/endnotes"))
    by_id = {(f"{note.tag}Reference", note.get("id")): note for note in notes}
    for mark in list(root.iter(*_BOXES[:2])):
        mark.extend(filter(None, [by_id.pop((mark.tag, mark.get("id")), None)]))
    for mark in root.iter("vanish"):
        mark.getparent().getparent().tag = "hidden"
    for style in root.iter("pStyle"):
        if style.get("val", "").upper().startswith("TOC"):
            style.getparent().getparent().tag = "hidden"
    for mark in root.iter("tblHeader"):
        for cell in mark.getparent().getparent().iterchildren("tc"):
            cell.tag = "th"
    for element in root.iter():
        # The text of Word is in elements of its own.
        element.text = element.text if element.tag == "t" else None
        element.tail = None
    return _draft(root, part("docProps/core"), name, today)


def open_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article in an .odt file. Raises UnreadableSource if it is damaged or empty."""
    file = zipped.opened(data, name)
    content = zipped.xml(file, "content.xml", name)
    body = next(content.iter("body"), content)
    return _draft(body, zipped.xml(file, "meta.xml", name), name, today)


def _draft(root: Any, properties: Any, name: str, today: date) -> Draft:
    """Turn a document's paragraphs and tables into those of HTML, and these into an article."""
    left_out = Counter(_LEFT_OUT[element.tag] for element in root.iter(*_LEFT_OUT))
    for element in list(root.iter(*_SKIPPED)):
        element.clear(keep_tail=True)
    for paragraph in list(root.iter("p", "h")):
        last = paragraph
        for box in list(paragraph.iter(*_BOXES)):
            last.addnext(box)
            last = box
    for element in root.iter():
        element.text = _CHARACTERS.get(element.tag, element.text)
        element.tag = _IN_HTML.get(element.tag, "span")
        if element.tag == "p":
            element.tail = " "  # apart from the next in a cell of a table
    paragraphs = html_tree.prose(root)
    if not paragraphs:
        raise UnreadableSource(name, NO_TEXT)
    draft = plaintext.of_paragraphs(
        paragraphs,
        today,
        title=drafts.given_title(zipped.first_words(properties, "title")),
        author=drafts.given_author(zipped.first_words(properties, "initial-creator", "creator")),
    )
    kinds = [f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in left_out.items()]
    return replace(draft, note=f"not read: {' and '.join(kinds)}." if kinds else None)
