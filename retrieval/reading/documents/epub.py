"""A book becomes one article a chapter, in the order in which it is read."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import unquote

from retrieval.errors import UnreadableSource
from retrieval.reading import bylines, dates, trees
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.documents import markup, prose, zipped
from retrieval.reading.drafts import Draft

PROTECTED = (
    "this book is protected against copying (DRM) and cannot be read; get it without protection,"
    " or copy what may be quoted into a .txt file and add that."
)
NO_CHAPTERS = "this book holds no chapter with text; nothing was read."

_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_NO_CHAPTER = re.compile(
    r"(?:table of )?contents|cover|copyright.*|title ?page|half ?title.*|index|imprint|colophon"
    r"|also by.*|(?:other )?books by.*|list of (?:figures|illustrations|tables|maps)|toc|nav"
    r"|navigation|about the publisher|landmarks",
    re.IGNORECASE,
)
_NO_CHAPTER_TYPES = frozenset("cover toc titlepage copyright-page landmarks index".split())
_NOTE_MARKS = frozenset({"noteref", "pagebreak"})


@dataclass(frozen=True, slots=True)
class _Chapter:
    path: str
    title: str | None
    paragraphs: list[str]


def chapters(data: bytes, name: str, today: date) -> Iterator[tuple[str, Draft]]:
    """Yield the path in the book of each chapter, and the chapter.

    Raises UnreadableSource for a book that is damaged, protected, or without chapters.
    """
    file = zipped.opened(data, name)
    _check_protection(file, name)
    package, folder = _package(file, name)
    book = prose.title(next(markup.texts(package, "title"), None))
    publisher = next(markup.texts(package, "publisher"), None)
    creators = [
        author
        for creator in package.iter("{*}creator")
        if (markup.attribute(creator, "role") or "aut") == "aut"
        and (author := prose.author(creator.text))
    ]
    source = f"{book} ({publisher})" if book and publisher else book or publisher
    facts = {book, publisher, *creators}
    authors = bylines.listed(list(dict.fromkeys(creators)))
    published = _published(package, today)
    found = False
    titles = _contents(file, package, folder, name)
    for chapter in _merged(_spine(file, package, folder, name), titles):
        if not set(chapter.paragraphs) - facts - {chapter.title}:
            continue  # a title page
        found = True
        draft = prose.draft(chapter.paragraphs, today, title=chapter.title)
        yield (
            chapter.path,
            replace(
                draft,
                title=draft.title or book,
                source=source,
                author=authors or draft.author,
                published=published,
            ),
        )
    if not found:
        raise UnreadableSource(name, NO_CHAPTERS)


def _check_protection(file: zipfile.ZipFile, name: str) -> None:
    """Refuse a book whose texts are encrypted; fonts often are, and are not needed."""
    if encryption := zipped.part(file, "META-INF/encryption.xml", name):
        methods = markup.xml_of(encryption, name).iter("{*}EncryptionMethod")
        algorithms = [method.get("Algorithm", "") for method in methods]
        if not algorithms or not all(one.startswith(_FONTS) for one in algorithms):
            raise UnreadableSource(name, PROTECTED)
    if zipped.part(file, "META-INF/rights.xml", name):
        raise UnreadableSource(name, PROTECTED)


def _package(file: zipfile.ZipFile, name: str) -> tuple[Any, str]:
    """The root of the package document, and the folder in which it stands."""
    container = zipped.part(file, "META-INF/container.xml", name)
    roots = markup.xml_of(container, name).iter("{*}rootfile") if container else ()
    paths = [*(root.get("full-path", "") for root in roots), *file.namelist()]
    path = next((path for path in paths if path in file.NameToInfo and path.endswith(".opf")), "")
    content = zipped.part(file, path, name)
    if not content:
        raise UnreadableSource(name, zipped.DAMAGED)
    return markup.xml_of(content, name), posixpath.dirname(path)


def _published(package: Any, today: date) -> date | None:
    """The day of publication; a year alone is no day."""
    for element in package.iter("{*}date"):
        value = dates.parsed((element.text or "").strip())
        event = markup.attribute(element, "event") or "publication"
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
        if content := zipped.part(file, path, name):
            tree = markup.html_of(text_of(content, name, declared=declared_charset(content)))
            if tree is not None:
                yield path, tree


def _contents(file: zipfile.ZipFile, package: Any, folder: str, name: str) -> dict[str, str]:
    """The titles of the texts, by path, as the table of contents of either version gives them."""
    titles: dict[str, str] = {}
    for item in package.iter("{*}item"):
        nav = "nav" in item.get("properties", "").split()
        if not nav and "ncx" not in item.get("media-type", ""):
            continue
        path = _inside(folder, item.get("href", ""))
        if not (content := zipped.part(file, path, name)):
            continue
        for entry in markup.xml_of(content, name).iter("{*}a" if nav else "{*}navPoint"):
            targets = [entry] if nav else entry.iterchildren("{*}content")
            target = next((one.get("href") or one.get("src") or "" for one in targets), "")
            title = trees.words(entry) if nav else next(markup.texts(entry, "text"), "")
            if title:
                titles.setdefault(_inside(posixpath.dirname(path), target), title)
    return titles


def _merged(spine: Iterator[tuple[str, Any]], titles: dict[str, str]) -> Iterator[_Chapter]:
    """The chapters; a text that the contents do not name goes on with the one before."""
    waiting: _Chapter | None = None
    for path, tree in spine:
        body = next(tree.iter("body"), tree)
        heading = next(filter(None, map(_words, tree.iter("h1", "h2", "h3"))), None)
        title = titles.get(path) or heading
        kinds = {kind for one in (body, *body[:1]) for kind in _types(one)}
        if kinds & _NO_CHAPTER_TYPES or (title and _NO_CHAPTER.fullmatch(title)):
            continue
        for mark in [one for one in tree.iter() if _NOTE_MARKS.intersection(_types(one))]:
            mark.drop_tree()
        paragraphs = markup.paragraphs(body)
        if waiting and titles and path not in titles and not heading:
            waiting.paragraphs.extend(paragraphs)
            continue
        if waiting:
            yield waiting
        waiting = _Chapter(path, title, paragraphs)
    if waiting:
        yield waiting


def _words(element: Any) -> str:
    return trees.words(element)[: prose.LONGEST_TITLE]


def _types(element: Any) -> list[str]:
    """What an element of a book says it is."""
    return str(element.get("epub:type") or "").split()


def _inside(folder: str, target: str) -> str:
    """The path in the book that a link leads to."""
    return posixpath.normpath(posixpath.join(folder, unquote(target.partition("#")[0])))
