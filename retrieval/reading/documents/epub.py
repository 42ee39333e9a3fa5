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
    r"|also by.*|(?:other )?books by.*|list of (?:figures|illustrations|tables|maps)",
    re.IGNORECASE,
)


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
    book = prose.title(next(zipped.texts(package, "title"), None))
    publisher = next(zipped.texts(package, "publisher"), None)
    creators = [
        author
        for creator in package.iter("{*}creator")
        if zipped.attribute(creator, "role") in ("", "aut")
        and (author := prose.author(creator.text))
    ]
    facts = {book, publisher, *creators}
    found = [
        (chapter.path, prose.draft(chapter.paragraphs, today, title=chapter.title))
        for chapter in _chapters(file, package, folder, name)
        if set(chapter.paragraphs) - facts - {chapter.title}  # else it is a title page
    ]
    if not found:
        raise UnreadableSource(name, NO_CHAPTERS)
    source = f"{book} ({publisher})" if book and publisher else book or publisher
    authors = bylines.listed(list(dict.fromkeys(creators)))
    published = _published(package, today)
    for path, draft in found:
        author = authors or draft.author
        title = draft.title or book
        yield path, replace(draft, title=title, source=source, author=author, published=published)


def _check_protection(file: zipfile.ZipFile, name: str) -> None:
    """Refuse a book whose texts are encrypted; fonts often are, and are not needed."""
    encryption = zipped.xml(file, "META-INF/encryption.xml", name)
    methods = () if encryption is None else encryption.iter("{*}EncryptionMethod")
    if any(not method.get("Algorithm", "").startswith(_FONTS) for method in methods):
        raise UnreadableSource(name, PROTECTED)


def _package(file: zipfile.ZipFile, name: str) -> tuple[Any, str]:
    """The root of the package document, and the folder in which it stands."""
    path = next((path for path in file.namelist() if path.endswith(".opf")), "")
    package = zipped.xml(file, path, name)
    if package is None:
        raise UnreadableSource(name, zipped.DAMAGED)
    return package, posixpath.dirname(path)


def _published(package: Any, today: date) -> date | None:
    """The day of publication; a year alone is no day."""
    for element in package.iter("{*}date"):
        value = dates.parsed((element.text or "").strip())
        event = zipped.attribute(element, "event") or "publication"
        if event == "publication" and value and dates.plausible(value, today):
            return dates.day_of(value)
    return None


def _chapters(file: zipfile.ZipFile, package: Any, folder: str, name: str) -> Iterator[_Chapter]:
    """The chapters; a text that the contents do not name goes on with the one before."""
    titles = _titles(file, package, folder, name)
    items = {item.get("id"): item for item in package.iter("{*}item")}
    references = dict.fromkeys(one.get("idref") for one in package.iter("{*}itemref"))
    chapter: _Chapter | None = None
    for item in (items[one] for one in references if one in items):
        if "html" not in item.get("media-type", "html") or "nav" in item.get("properties", ""):
            continue
        path = _inside(folder, item.get("href", ""))
        content = zipped.part(file, path, name)
        tree = markup.html_of(text_of(content, name, declared=declared_charset(content)))
        if tree is None:
            continue
        body = next(tree.iter("body"), tree)
        heading = next(filter(None, map(trees.words, tree.iter("h1", "h2", "h3"))), "")
        title = titles.get(path) or heading[: prose.LONGEST_TITLE] or None
        if title and _NO_CHAPTER.fullmatch(title):
            continue
        for element in list(tree.iter()):
            if element.get("epub:type") in ("noteref", "pagebreak"):
                element.drop_tree()
        paragraphs = markup.paragraphs(body)
        if chapter and titles and path not in titles and not heading:
            chapter.paragraphs.extend(paragraphs)
            continue
        if chapter:
            yield chapter
        chapter = _Chapter(path, title, paragraphs)
    if chapter:
        yield chapter


def _titles(file: zipfile.ZipFile, package: Any, folder: str, name: str) -> dict[str, str]:
    """The titles of the texts, by path, as the table of contents of either version gives them."""
    titles: dict[str, str] = {}
    for item in package.iter("{*}item"):
        if "nav" not in item.get("properties", "") and "ncx" not in item.get("media-type", ""):
            continue
        path = _inside(folder, item.get("href", ""))
        contents = zipped.xml(file, path, name)
        for entry in () if contents is None else contents.iter("{*}a", "{*}content"):
            named = entry if zipped.local(entry) == "a" else entry.getparent().find("{*}navLabel")
            target = entry.get("href") or entry.get("src") or ""
            if named is not None and (title := trees.words(named)):
                titles.setdefault(_inside(posixpath.dirname(path), target), title)
    return titles


def _inside(folder: str, target: str) -> str:
    """The path in the book that a link leads to."""
    return posixpath.normpath(posixpath.join(folder, unquote(target.partition("#")[0])))
