"""Word and OpenDocument texts and e-books, which are ZIP files of XML, become articles.

Of documents that is what they say now, not what was struck out; of a book one article a chapter, in
the order in which it is read.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import unquote

from retrieval.errors import UnreadableSource
from retrieval.sources import dates, drafts, header, html_tree, plaintext
from retrieval.sources.drafts import Draft
from retrieval.sources.source import declared_charset, in_megabytes, text_of

MOST_BYTES = 50_000_000
MOST_MEMBERS = 2000

DAMAGED = (
    "this is damaged, locked with a password, or made to do harm; open it, save it as a new file"
    " without a password, and add that."
)
TOO_MUCH = (
    f"this holds more than {MOST_MEMBERS:,} files, or one of more than {in_megabytes(MOST_BYTES)};"
    " unpack it, split what is large, and add the folder."
)
NO_TEXT = "this document holds no text; if it holds pictures of pages, run text recognition (OCR)."
PROTECTED = (
    "this book is protected against copying (DRM) and cannot be read; get it without protection,"
    " or copy what may be quoted into a .txt file and add that."
)
NO_CHAPTERS = "this book holds no chapter with text; nothing was read."

# What zipfile, zlib and lxml raise over damaged and locked files.
_ERRORS = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError, SyntaxError)


class Archive:
    """A ZIP file within limits. Raises UnreadableSource if it is damaged, locked or too full."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        # This stands before each entry, and before those of archives inside; opening takes memory.
        if data.count(b"PK\1\2") > 10 * MOST_MEMBERS:
            raise UnreadableSource(name, TOO_MUCH)
        with self._damage_refused():
            self._file = zipfile.ZipFile(io.BytesIO(data))
        self.members = self._file.infolist()
        if len(self.members) > MOST_MEMBERS:
            raise UnreadableSource(name, TOO_MUCH)

    def path(self, pattern: str) -> str:
        """The first path that matches a pattern as a whole; empty if none does."""
        paths = (member.filename for member in self.members)
        return next(filter(re.compile(pattern).fullmatch, paths), "")

    def read(self, member: zipfile.ZipInfo | str) -> bytes:
        """The bytes of a member; empty for a path that leads to none."""
        info = self._file.NameToInfo.get(member) if isinstance(member, str) else member
        if info and info.file_size > MOST_BYTES:
            raise UnreadableSource(self.name, TOO_MUCH)
        if info and info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableSource(self.name, DAMAGED)  # others take what memory they like
        with self._damage_refused():
            return self._file.read(info) if info else b""

    def xml(self, path: str) -> Any:
        """The root of an XML part without namespaces, or an empty one. Nothing is fetched."""
        from lxml import etree

        parser = etree.XMLParser(no_network=True, remove_comments=True, remove_pis=True)
        with self._damage_refused():
            root = etree.fromstring(self.read(path) or b"<none/>", parser)
        for element in root.iter():
            element.tag = etree.QName(element).localname
            for key, value in element.attrib.items():
                if key.startswith("{"):
                    element.set(etree.QName(key).localname, value)
        return root

    @contextmanager
    def _damage_refused(self) -> Iterator[None]:
        try:
            yield
        except _ERRORS as error:
            raise UnreadableSource(self.name, DAMAGED) from error


def first_words(root: Any, *names: str) -> str | None:
    """The words of the first element that has any, of the first of these names."""
    words = (html_tree.words(element) for name in names for element in root.iter(name))
    return next(filter(None, words), None)


# -- documents

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


def word_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article in a .docx file. Raises UnreadableSource if it is damaged or empty."""
    file = Archive(data, name)
    root, *others, properties = (
        file.xml(file.path(rf"/?{part}\d*\.xml"))  # numbered by some programs
        for part in ("word/document", "word/footnotes", "word/endnotes", "docProps/core")
    )
    notes = {(f"{note.tag}Reference", note.get("id")): note for part in others for note in part}
    for mark in list(root.iter(*_BOXES[:2])):
        mark.extend(filter(None, [notes.pop((mark.tag, mark.get("id")), None)]))
    for mark in root.iter("vanish", "pStyle", "tblHeader"):
        styled = mark.getparent().getparent()
        if mark.tag == "tblHeader":
            for cell in styled.iterchildren("tc"):
                cell.tag = "th"
        elif mark.tag == "vanish" or mark.get("val", "").upper().startswith("TOC"):
            styled.tag = "hidden"
    for element in root.iter():
        # The text of Word is in elements of its own.
        element.text = element.text if element.tag == "t" else None
        element.tail = None
    return _draft(root, properties, name, today)


def open_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article in an .odt file. Raises UnreadableSource if it is damaged or empty."""
    file = Archive(data, name)
    content = file.xml("content.xml")
    return _draft(next(content.iter("body"), content), file.xml("meta.xml"), name, today)


def _draft(root: Any, properties: Any, name: str, today: date) -> Draft:
    """Turn a document's paragraphs and tables into those of HTML, and these into an article."""
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
    return plaintext.of_paragraphs(
        paragraphs,
        today,
        title=drafts.given_title(first_words(properties, "title")),
        author=drafts.given_author(first_words(properties, "initial-creator", "creator")),
    )


# -- books

# Fonts are encrypted in these ways by books that are not protected.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_NO_CHAPTER = re.compile(
    r"(?:table of )?contents|cover|copyright.*|(?:half ?)?title ?page|index|imprint|colophon"
    r"|also by.*|(?:other )?books by.*|list of (?:figures|illustrations|tables|maps)",
    re.IGNORECASE,
)


def chapters(data: bytes, name: str, today: date) -> Iterator[tuple[str, Draft]]:
    """Yield the path and the draft of each chapter. Raises UnreadableSource for other books."""
    file = Archive(data, name)
    for method in file.xml("META-INF/encryption.xml").iter("EncryptionMethod"):
        if not method.get("Algorithm", "").startswith(_FONTS):
            raise UnreadableSource(name, PROTECTED)
    package_path = file.path(r".*\.opf")
    package, folder = file.xml(package_path), posixpath.dirname(package_path)
    title = drafts.given_title(first_words(package, "title"))
    publisher = first_words(package, "publisher")
    writers = [who.text for who in package.iter("creator") if who.get("role", "aut") == "aut"]
    authors = list(dict.fromkeys(filter(None, map(drafts.given_author, writers))))
    book = Draft(
        "",
        source=f"{title} ({publisher})" if title and publisher else title or publisher,
        author=header.listed(authors) or None,
        published=_published(package, today),
    )
    on_title_page = {title, publisher, *authors}
    is_empty = True
    for path, heading, paragraphs in _texts(file, package, folder):
        if set(paragraphs) - on_title_page - {heading}:
            draft, is_empty = plaintext.of_paragraphs(paragraphs, today, title=heading), False
            author = book.author or draft.author
            yield path, replace(book, text=draft.text, title=draft.title or title, author=author)
    if is_empty:
        raise UnreadableSource(name, NO_CHAPTERS)


def _published(package: Any, today: date) -> date | None:
    """The day on which a book came out; a year alone is no day."""
    days = (day.text for day in package.iter("date") if day.get("event") in (None, "publication"))
    published = dates.parsed((next(days, None) or "").strip())
    return dates.day_of(published) if published and dates.plausible(published, today) else None


def _texts(file: Archive, package: Any, folder: str) -> list[tuple[str, str | None, list[str]]]:
    """The paths, titles and paragraphs of chapters; an unnamed text goes on with the last one."""
    titles = _titles(file, package, folder)
    items = {item.get("id"): item for item in package.iter("item")}
    texts: list[tuple[str, str | None, list[str]]] = []
    for reference in dict.fromkeys(entry.get("idref") for entry in package.iter("itemref")):
        item = items.get(reference, {})
        if "nav" in item.get("properties", "") or "html" not in item.get("media-type", "html"):
            continue
        path = _inside(folder, item.get("href", ""))
        content = file.read(path)
        tree = html_tree.parsed(text_of(content, file.name, declared=declared_charset(content)))
        if tree is None:
            continue
        heading = next(filter(None, map(html_tree.words, tree.iter("h1", "h2", "h3"))), "")
        title = titles.get(path) or heading[: drafts.LONGEST_TITLE] or None
        if title and _NO_CHAPTER.fullmatch(title):
            continue
        for element in list(tree.iter()):
            if element.get("epub:type") in ("noteref", "pagebreak"):
                element.drop_tree()
        paragraphs = html_tree.prose(next(tree.iter("body"), tree))
        if texts and titles and path not in titles and not heading:
            texts[-1][2].extend(paragraphs)
        else:
            texts.append((path, title, paragraphs))
    return texts


def _titles(file: Archive, package: Any, folder: str) -> dict[str, str]:
    """The titles of the texts, by path, as the table of contents of either version gives them."""
    titles: dict[str, str] = {}
    for item in package.iter("item"):
        if "nav" in item.get("properties", "") or "ncx" in item.get("media-type", ""):
            path = _inside(folder, item.get("href", ""))
            for entry in file.xml(path).iter("a", "content"):
                label = entry if entry.tag == "a" else entry.getparent().find("navLabel")
                target = entry.get("href") or entry.get("src") or ""
                if label is not None and (title := html_tree.words(label)):
                    titles.setdefault(_inside(posixpath.dirname(path), target), title)
    return titles


def _inside(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(target.partition("#")[0])))
