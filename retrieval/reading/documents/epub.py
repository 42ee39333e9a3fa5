"""A book becomes one article a chapter, in the order in which it is read."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote

from retrieval.errors import UnreadableSource
from retrieval.reading import bylines, dates, plaintext
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.documents import marked, properties, zipped
from retrieval.reading.drafts import Draft

PROTECTED = (
    "this book is protected against copying (DRM) and cannot be read; get it without protection,"
    " or copy what may be quoted into a .txt file and add that."
)
NO_CHAPTERS = "this book holds no chapter with text; nothing was read."
MOST_CHAPTER = 10_000_000  # bytes
SHORTEST_PROSE = 120  # characters; what is shorter is a title page or a dedication

_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_NO_CHAPTER = re.compile(
    r"(?:table of )?contents|cover|copyright.*|title ?page|half ?title.*|index|imprint|colophon"
    r"|also by.*|(?:other )?books by.*|dedication|list of (?:figures|illustrations|tables|maps)"
    r"|about the publisher|toc|nav|navigation|bibliography|landmarks",
    re.IGNORECASE,
)
_NO_CHAPTER_FILE = re.compile(r"(?:cover|toc|nav|copyright|title_?page|halftitle)\b.*", re.I)
_BOOK_PAGES = frozenset({"cover", "toc", "titlepage", "copyright-page", "landmarks", "index"})


@dataclass(frozen=True, slots=True)
class _Chapter:
    path: str
    title: str | None
    paragraphs: list[str]


def chapters(data: bytes, name: str, today: date) -> Iterator[tuple[str, Draft]]:
    """The path of each chapter in the book, and the chapter."""
    file = zipped.opened(data, name)
    _check_protection(file, name)
    package, folder = _package(file, name)
    book = properties.title(next(marked.texts(package, "title"), None))
    publisher = next(marked.texts(package, "publisher"), None)
    author = _authors(package)
    published = _published(package, today)
    source = f"{book} ({publisher})" if book and publisher else book or publisher
    titles = _contents(file, package, folder, name)
    found = False
    for chapter in _merged(_spine(file, package, folder, name), titles):
        if sum(map(len, chapter.paragraphs)) < SHORTEST_PROSE or _is_apparatus(chapter):
            continue
        blocks = [[chapter.title]] if chapter.title else []
        blocks += [[one] for one in chapter.paragraphs]
        draft = plaintext.of_blocks(blocks, today, flowing=True)
        found = True
        yield (
            chapter.path,
            Draft(
                draft.text,
                title=chapter.title or draft.title or book,
                source=source,
                author=author or draft.author,
                published=published,
            ),
        )
    if not found:
        raise UnreadableSource(name, NO_CHAPTERS)


def _check_protection(file: zipfile.ZipFile, name: str) -> None:
    """Refuse a book whose texts are encrypted; fonts often are, and are not needed."""
    if encryption := zipped.part(file, "META-INF/encryption.xml", name, MOST_CHAPTER):
        root = marked.xml_of(encryption, name)
        methods = [one.get("Algorithm", "") for one in root.iter("{*}EncryptionMethod")]
        if not methods or not all(method.startswith(_FONTS) for method in methods):
            raise UnreadableSource(name, PROTECTED)
    if zipped.part(file, "META-INF/rights.xml", name, MOST_CHAPTER):
        raise UnreadableSource(name, PROTECTED)


def _package(file: zipfile.ZipFile, name: str) -> tuple[Any, str]:
    """The root of the package document, and the folder in which it stands."""
    container = zipped.part(file, "META-INF/container.xml", name, MOST_CHAPTER)
    path = ""
    if container:
        roots = marked.xml_of(container, name).iter("{*}rootfile")
        path = next((root.get("full-path", "") for root in roots), "")
    content = zipped.part(file, path, name, MOST_CHAPTER) if path else b""
    if not content:
        raise UnreadableSource(name, zipped.DAMAGED)
    return marked.xml_of(content, name), posixpath.dirname(path)


def _authors(package: Any) -> str | None:
    names = [
        words
        for creator in package.iter("{*}creator")
        if (creator.get("{http://www.idpf.org/2007/opf}role") or "aut") == "aut"
        and (words := properties.author(creator.text))
    ]
    return bylines.listed(list(dict.fromkeys(names))) or None


def _published(package: Any, today: date) -> date | None:
    """The day of publication; a year alone is no day."""
    for element in package.iter("{*}date"):
        event = element.get("{http://www.idpf.org/2007/opf}event") or "publication"
        value = dates.parsed((element.text or "").strip())
        if event == "publication" and value and dates.plausible(value, today):
            return dates.day_of(value)
    return None


def _spine(
    file: zipfile.ZipFile, package: Any, folder: str, name: str
) -> Iterator[tuple[str, Any]]:
    """The paths and the trees of the texts, in reading order."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    seen = set()
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "html" not in item.get("media-type", "html"):
            continue
        path = _inside(folder, item.get("href", ""))
        if path in seen or "nav" in item.get("properties", "").split():
            continue
        seen.add(path)
        if content := zipped.part(file, path, name, MOST_CHAPTER):
            tree = marked.html_of(text_of(content, name, declared=declared_charset(content)))
            if tree is not None:
                yield path, tree


def _contents(file: zipfile.ZipFile, package: Any, folder: str, name: str) -> dict[str, str]:
    """The titles of the texts, by path, as the table of contents of either version gives them."""
    titles: dict[str, str] = {}
    for item in package.iter("{*}item"):
        navigation = "nav" in item.get("properties", "").split()
        if not navigation and "ncx" not in item.get("media-type", ""):
            continue
        path = _inside(folder, item.get("href", ""))
        content = zipped.part(file, path, name, MOST_CHAPTER)
        if not content:
            continue
        root = marked.xml_of(content, name)
        entries = (
            ((link.get("href", ""), "".join(link.itertext())) for link in root.iter("{*}a"))
            if navigation
            else (
                (next((one.get("src", "") for one in point.iter("{*}content")), ""), label)
                for point in root.iter("{*}navPoint")
                for label in list(marked.texts(point, "text"))[:1]
            )
        )
        for target, label in entries:
            if words := " ".join(label.split()):
                titles.setdefault(_inside(posixpath.dirname(path), target), words)
    return titles


def _merged(spine: Iterator[tuple[str, Any]], titles: dict[str, str]) -> Iterator[_Chapter]:
    """The chapters; a text that the contents do not name goes on with the one before."""
    waiting: _Chapter | None = None
    for path, tree in spine:
        body = tree.find("body")
        paragraphs = marked.paragraphs(tree if body is None else body)
        heading = _heading(tree)
        title = titles.get(path) or heading
        if _type_of(tree) & _BOOK_PAGES:
            continue
        if waiting and titles and path not in titles and not heading:
            waiting = _Chapter(waiting.path, waiting.title, [*waiting.paragraphs, *paragraphs])
            continue
        if waiting:
            yield waiting
        waiting = _Chapter(path, title, paragraphs)
    if waiting:
        yield waiting


def _is_apparatus(chapter: _Chapter) -> bool:
    """Whether a text is a cover, a table of contents, or the like."""
    if chapter.title and _NO_CHAPTER.fullmatch(chapter.title):
        return True
    return _NO_CHAPTER_FILE.fullmatch(posixpath.basename(chapter.path)) is not None


def _heading(tree: Any) -> str | None:
    for name in ("h1", "h2", "h3"):
        for element in tree.iter(name):
            if words := " ".join("".join(element.itertext()).split()):
                return words[:300]
    return None


def _type_of(tree: Any) -> set[str]:
    """What the body, or the only part of it, says it is."""
    body = tree.find("body")
    first = [] if body is None else [body, *body[:1]]
    return {kind for element in first for kind in (element.get("epub:type") or "").split()}


def _inside(folder: str, target: str) -> str:
    """The path in the book that a link leads to."""
    return posixpath.normpath(posixpath.join(folder, unquote(target.partition("#")[0])))
