"""A book becomes one article a chapter, in the order in which it is read."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import unquote

from retrieval.errors import UnreadableSource
from retrieval.sources import dates, drafts, header, html_tree, plaintext, zipped
from retrieval.sources.drafts import Draft
from retrieval.sources.source import declared_charset, text_of

PROTECTED = (
    "this book is protected against copying (DRM) and cannot be read; get it without protection,"
    " or copy what may be quoted into a .txt file and add that."
)
NO_CHAPTERS = "this book holds no chapter with text; nothing was read."

# Fonts are encrypted in these ways by books that are not protected.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_NO_CHAPTER = re.compile(
    r"(?:table of )?contents|cover|copyright.*|(?:half ?)?title ?page|index|imprint|colophon"
    r"|also by.*|(?:other )?books by.*|list of (?:figures|illustrations|tables|maps)",
    re.IGNORECASE,
)


def chapters(data: bytes, name: str, today: date) -> Iterator[tuple[str, Draft]]:
    """Yield the path in the book of each chapter, and the chapter.

    Raises UnreadableSource for a book that is damaged, protected, or without chapters.
    """
    file = zipped.opened(data, name)
    encryption = zipped.xml(file, "META-INF/encryption.xml", name)
    methods = [method.get("Algorithm", "") for method in encryption.iter("EncryptionMethod")]
    if not all(method.startswith(_FONTS) for method in methods):
        raise UnreadableSource(name, PROTECTED)
    path = next((path for path in file.namelist() if path.endswith(".opf")), "")
    package = zipped.xml(file, path, name)
    title = drafts.given_title(zipped.first_words(package, "title"))
    publisher = zipped.first_words(package, "publisher")
    written_by = [who for who in package.iter("creator") if who.get("role", "aut") == "aut"]
    authors = list(
        dict.fromkeys(filter(None, (drafts.given_author(who.text) for who in written_by)))
    )
    dated = [day.text for day in package.iter("date") if day.get("event") in (None, "publication")]
    day = dates.parsed((dated[0] or "").strip()) if dated else None  # a year alone is no day
    book = Draft(
        "",
        source=f"{title} ({publisher})" if title and publisher else title or publisher,
        author=header.listed(authors) or None,
        published=dates.day_of(day) if day and dates.plausible(day, today) else None,
    )
    on_title_page = {title, publisher, *authors}
    read = [
        (path, heading, paragraphs)
        for path, heading, paragraphs in _texts(file, package, posixpath.dirname(path), name)
        if set(paragraphs) - on_title_page - {heading}
    ]
    if not read:
        raise UnreadableSource(name, NO_CHAPTERS)
    for path, heading, paragraphs in read:
        draft = plaintext.of_paragraphs(paragraphs, today, title=heading)
        named, author = draft.title or title, book.author or draft.author
        yield path, replace(book, text=draft.text, title=named, author=author)


def _texts(
    file: zipfile.ZipFile, package: Any, folder: str, name: str
) -> list[tuple[str, str | None, list[str]]]:
    """The paths, titles and paragraphs of the chapters.

    A text that the table of contents does not name goes on with the chapter before.
    """
    titles = _titles(file, package, folder, name)
    items = {item.get("id"): item for item in package.iter("item")}
    read: list[tuple[str, str | None, list[str]]] = []
    for reference in dict.fromkeys(entry.get("idref") for entry in package.iter("itemref")):
        item = items.get(reference, {})
        is_nav = "nav" in item.get("properties", "")
        if is_nav or "html" not in item.get("media-type", "html"):
            continue
        path = _inside(folder, item.get("href", ""))
        content = zipped.unpacked(file, file.NameToInfo.get(path), name)
        tree = html_tree.parsed(text_of(content, name, declared=declared_charset(content)))
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
        if read and titles and path not in titles and not heading:
            read[-1][2].extend(paragraphs)
        else:
            read.append((path, title, paragraphs))
    return read


def _titles(file: zipfile.ZipFile, package: Any, folder: str, name: str) -> dict[str, str]:
    """The titles of the texts, by path, as the table of contents of either version gives them."""
    titles: dict[str, str] = {}
    for item in package.iter("item"):
        if "nav" in item.get("properties", "") or "ncx" in item.get("media-type", ""):
            path = _inside(folder, item.get("href", ""))
            for entry in zipped.xml(file, path, name).iter("a", "content"):
                label = entry if entry.tag == "a" else entry.getparent().find("navLabel")
                target = entry.get("href") or entry.get("src") or ""
                if label is not None and (title := html_tree.words(label)):
                    titles.setdefault(_inside(posixpath.dirname(path), target), title)
    return titles


def _inside(folder: str, target: str) -> str:
    """The path in the book that a link leads to."""
    return posixpath.normpath(posixpath.join(folder, unquote(target.partition("#")[0])))
