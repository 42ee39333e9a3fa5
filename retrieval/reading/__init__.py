"""A file, a folder, a link or standard input becomes articles; the only room that opens any.

To read a new kind of source, write a module with `articles(source)` and add it to `_READERS`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import BinaryIO, TextIO, cast

from retrieval.errors import UnreadableSource
from retrieval.links import without_trackers
from retrieval.reading import documents, jsonlines, markdown, plaintext, webpage
from retrieval.reading.sources import Source, opened, origin_of, why_unopened
from retrieval.reading.web import pages
from retrieval.reading.web.fetching import Fetcher
from retrieval.records import Article

STANDARD_INPUT = "-"

Reader = Callable[[Source], Iterator[Article | UnreadableSource]]

_READERS: dict[str, Reader] = {
    ".txt": plaintext.articles,
    ".text": plaintext.articles,
    ".md": markdown.articles,
    ".markdown": markdown.articles,
    ".html": webpage.articles,
    ".htm": webpage.articles,
    ".xhtml": webpage.articles,
    ".jsonl": jsonlines.articles,
    **dict.fromkeys(documents.SUFFIXES, documents.articles),
}

READABLE = tuple(_READERS)
"""How the names of readable files end."""

_NOT_YET = {
    **dict.fromkeys(
        [".doc", ".rtf", ".pages", ".wpd"],
        "this kind of document is not read; open it, save it as .docx or .pdf,",
    ),
    **dict.fromkeys(
        [".mobi", ".azw", ".azw3", ".fb2"],
        "this kind of book is not read; convert it to .epub, for instance with Calibre,",
    ),
    **dict.fromkeys(
        [".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".odp"],
        "spreadsheets and presentations are not read; save the text as .docx or .pdf",
    ),
    **dict.fromkeys(
        [".gz", ".tgz", ".bz2", ".xz", ".tar", ".7z", ".rar"],
        "of archives only .zip is read; unpack the files",
    ),
}

_FEEDS = {".rss": "a feed", ".atom": "a feed", ".opml": "a list of feeds"}

FEEDS = tuple(_FEEDS)
"""How the names of files end that are followed, by their links, and not read."""

_LINK = re.compile(r"[a-z][a-z0-9+.-]{1,10}://", re.IGNORECASE)
_PAGE_BEGINS = re.compile(rb"\s*(?:<\?xml|<!doctype\s+html|<!--|<html|<head|<body|<article)", re.I)
_OBJECT_BEGINS = re.compile(rb'\s*\{\s*"')


def is_link(source: str) -> bool:
    """Whether a source is the address of something on the web, not a file or folder."""
    return _LINK.match(source) is not None


def files(source: str) -> list[str]:
    """The readable files of a folder, sorted; anything else is itself.

    A folder that may not be opened stays in the list, so that reading it says what is wrong.
    """
    if source == STANDARD_INPUT or is_link(source) or not os.path.isdir(source):
        return [source]
    shut: list[OSError] = []
    found = [path for path in _walk(source, shut.append) if _suffix(path) in _READERS]
    unopened = {os.fsdecode(error.filename): error for error in shut}
    if source in unopened:
        raise UnreadableSource(source, why_unopened(unopened[source])) from unopened[source]
    if not found and not shut:
        raise UnreadableSource(
            source, f"this folder holds no file to read; those end in {', '.join(READABLE)}."
        )
    return sorted([*found, *unopened])


def left_out(source: str) -> Counter[str]:
    """How many files of a folder are of kinds that are not read, by the end of their names."""
    kinds = Counter(map(_suffix, _walk(source))) if os.path.isdir(source) else Counter[str]()
    return Counter({kind: number for kind, number in kinds.items() if kind not in _READERS})


def _walk(folder: str, onerror: Callable[[OSError], None] | None = None) -> Iterator[str]:
    """The files below a folder, without hidden ones and the lock files of office programs."""
    for place, folders, names in os.walk(folder, onerror=onerror):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (os.path.join(place, name) for name in names if not name.startswith((".", "~$")))
        yield from filter(_is_plain, paths)


def count(source: str) -> int:
    """How many articles and failures a source is going to give, as far as can be told."""
    try:
        return sum(map(_count_of_file, files(source)))
    except UnreadableSource:
        return 1


def _count_of_file(file: str) -> int:
    """How many articles a file is going to give: the lines of a .jsonl file, else one."""
    if file == STANDARD_INPUT or is_link(file) or _suffix(file) != ".jsonl":
        return 1
    try:
        with opened(file) as stream:
            return max(1, jsonlines.count(stream))
    except (UnreadableSource, OSError):
        return 1


def articles(
    file: str,
    stdin: TextIO | BinaryIO | None = None,
    *,
    today: date | None = None,
    fetcher: Fetcher | None = None,
    origin: str | None = None,
) -> Iterator[Article | UnreadableSource]:
    """One result for each article of a file, link or standard input: the article, or why not.

    `origin` is what a file is known by, in place of its path.
    """
    try:
        if file == STANDARD_INPUT:
            stream = _bytes_of(sys.stdin if stdin is None else stdin)
            yield from _read("standard input", None, stream, today)
        elif is_link(file):
            yield from _linked(file, fetcher or Fetcher(), today)
        elif os.path.isdir(file):
            raise UnreadableSource(file, _shut_folder(file))
        else:
            with opened(file) as raw:
                stream = cast(io.BufferedReader, raw)
                if reason := _why_no_article(file, stream):
                    raise UnreadableSource(file, reason)
                yield from _read(file, origin or origin_of(file), stream, today)
    except UnreadableSource as error:
        yield error
    except OSError as error:
        yield UnreadableSource(file, why_unopened(error))


def _linked(
    link: str, fetcher: Fetcher, today: date | None
) -> Iterator[Article | UnreadableSource]:
    """What is at a link; where that is a single article, it goes by its canonical link."""
    fetched = fetcher.fetch(link)
    suffix = pages.suffix_of(link, fetched)
    if reason := _NOT_YET.get(suffix):
        raise UnreadableSource(link, f"{reason} and add that.")
    stream = _bytes_of(io.BytesIO(pages.text_in_utf8(fetched, suffix)))
    reader = _reader_of(stream, suffix)
    url = without_trackers(fetched.url)
    source = Source(link, link, cast(BinaryIO, stream), today or date.today(), url)
    results = reader(source)
    first = next(results, None)
    second = next(results, None)
    if isinstance(first, Article) and second is None and reader is not jsonlines.articles:
        first = pages.at_its_link(first, fetched)
    yield from (one for one in (first, second) if one is not None)
    yield from results


def _read(
    name: str, origin: str | None, stream: io.BufferedReader, today: date | None
) -> Iterator[Article | UnreadableSource]:
    suffix = _suffix(name) if origin else ""
    source = Source(name, origin, cast(BinaryIO, stream), today or date.today())
    yield from _reader_of(stream, suffix)(source)


def _why_no_article(file: str, stream: io.BufferedReader) -> str | None:
    """Why a file of this name and beginning is not read; None where it may be."""
    suffix = _suffix(file)
    if suffix in _READERS or _is_document(stream, suffix):
        return None
    if reason := _NOT_YET.get(suffix):
        return f"{reason} and add that."
    match _FEEDS.get(suffix) or pages.feed_in(stream.peek(4096)):
        case None:
            return None
        case "a list of feeds" as name:
            command = f"quotewise feed add {shlex.quote(file)}"
            return f"this is {name}, not an article; follow them with `{command}`."
        case name:
            command = "quotewise feed add LINK"
            return f"this is {name}, not an article; follow it by its link, with `{command}`."


def _is_document(stream: io.BufferedReader, suffix: str) -> bool:
    return documents.kind_of(stream.peek(4096), suffix) is not None


def _reader_of(stream: io.BufferedReader, suffix: str) -> Reader:
    """The reader for what a source is: documents tell by their first bytes, text by its name."""
    if _is_document(stream, suffix):
        return documents.articles
    reader = _READERS.get(suffix)
    if reader and reader is not documents.articles:
        return reader
    head = stream.peek(4096).removeprefix(b"\xef\xbb\xbf")
    if _OBJECT_BEGINS.match(head):
        return jsonlines.articles
    return webpage.articles if _PAGE_BEGINS.match(head) else plaintext.articles


def _bytes_of(stdin: TextIO | BinaryIO) -> io.BufferedReader:
    """Standard input as bytes that can be peeked at."""
    binary = getattr(stdin, "buffer", stdin)
    if isinstance(binary, io.BufferedReader):
        return binary
    if isinstance(binary, io.TextIOBase):
        return io.BufferedReader(
            cast(io.RawIOBase, io.BytesIO(binary.read().encode("utf-8", "replace")))
        )
    return io.BufferedReader(cast(io.RawIOBase, binary))


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _is_plain(path: str) -> bool:
    """Whether a path is a file, or a broken link that should be told of, but no pipe or device."""
    return os.path.isfile(path) or os.path.islink(path)


def _shut_folder(folder: str) -> str:
    try:
        os.listdir(folder)
    except OSError as error:
        return why_unopened(error)
    return "this is a folder; add its files one by one."
