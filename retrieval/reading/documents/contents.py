"""What is inside an archive or came with an e-mail: each file is read in a call of its own."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import jsonlines, markdown, plaintext, webpage
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.documents import epub, mail, office, pdf, zipped
from retrieval.reading.documents.kinds import SUFFIXES, Kind, from_article, kind_of, part, refusal
from retrieval.reading.sources import Source
from retrieval.records import Article

MOST_BYTES = 50_000_000
MOST_TEXT_BYTES = 10_000_000
NESTED = "this is an archive in an archive; unpack it and add the files."
UNKNOWN = "files of this kind are not read; save it as text, web page or PDF and add that."
_TEXTS = {
    ".txt": plaintext.articles,
    ".text": plaintext.articles,
    ".md": markdown.articles,
    ".markdown": markdown.articles,
    ".jsonl": jsonlines.articles,
}
_PAGES = (".html", ".htm", ".xhtml")
_REFUSED = {
    Kind.OLD_OFFICE: "this is an old office document (.doc); open it, save it as .docx, and add"
    " that.",
    Kind.LOCKED_OFFICE: office.LOCKED,
    Kind.SHEET: "spreadsheets and presentations are not read; save the text as .docx or .pdf and"
    " add that.",
}


def preload() -> None:
    """Import what reading any file needs."""
    pdf.preload()
    office.preload()
    webpage.preload()


def parse(data: bytes, *, name: str, today: str, suffix: str) -> list[dict[str, Any]]:
    """The articles of a document and the files in it: what the sandbox runs."""
    kind = kind_of(data, suffix)
    if kind is Kind.ARCHIVE:
        return [{"file": _path(member)} for member in _members(data, name)]
    files = [{"file": path} for path, _ in _attached(data, name)] if kind is Kind.MAIL else []
    try:
        return [*_read(data, name, date.fromisoformat(today), suffix), *files]
    except UnreadableSource:
        if not files:
            raise
        return files  # a letter that says nothing but what is sent with it


def file(data: bytes, *, name: str, today: str, suffix: str, number: int) -> list[dict[str, Any]]:
    """The articles of one of those files: what the sandbox runs."""
    if kind_of(data, suffix) is Kind.MAIL:
        _, content = list(_attached(data, name))[number]
    else:
        archive = zipped.opened(data, name)
        content = zipped.unpacked(archive, _members(data, name)[number], name, MOST_BYTES)
    inner = posixpath.splitext(name)[1].lower()
    if kind_of(content, inner) is Kind.ARCHIVE:
        raise UnreadableSource(name, NESTED)
    return list(_read(content, name, date.fromisoformat(today), inner))


def _attached(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """What came with an e-mail and can be read; pictures and signatures are left out."""
    for path, content in mail.attachments(data, name):
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in (*SUFFIXES, *_TEXTS, *_PAGES) or kind_of(content) is Kind.PDF:
            yield posixpath.basename(path.replace("\\", "/")), content


def _members(data: bytes, name: str) -> list[zipfile.ZipInfo]:
    """The files in an archive, without folders, links, and what systems add unasked."""
    return [
        member
        for member in zipped.opened(data, name).infolist()
        if not member.is_dir()
        and (member.external_attr >> 28) != 0o12  # a symbolic link
        and not any(step.startswith(".") or step == "__MACOSX" for step in _path(member).split("/"))
    ]


def _path(member: zipfile.ZipInfo) -> str:
    """The path of a member, which leads nowhere: nothing is ever written there."""
    steps = member.filename.replace("\\", "/").split("/")
    return "/".join(step for step in steps if step not in ("", ".", ".."))


def _read(data: bytes, name: str, today: date, suffix: str) -> Iterator[dict[str, Any]]:
    """The articles of a document, by what it is, not by what it is called."""
    kind = kind_of(data, suffix)
    match kind:
        case Kind.PDF:
            yield part(pdf.drafted(data, name, today))
        case Kind.DOCX:
            yield part(office.word_drafted(data, name, today))
        case Kind.ODT:
            yield part(office.open_drafted(data, name, today))
        case Kind.EPUB:
            for path, draft in epub.chapters(data, name, today):
                yield part(draft, path)
        case Kind.MAIL:
            yield part(mail.drafted(data, name, today))
        case Kind.PAGE_ARCHIVE:
            yield part(mail.page_drafted(data, name, today))
        case None:
            yield from _read_text(data, name, today, suffix)
        case _:
            raise UnreadableSource(name, _REFUSED.get(kind, UNKNOWN))


def _read_text(data: bytes, name: str, today: date, suffix: str) -> Iterator[dict[str, Any]]:
    """The articles of a text or page in an archive."""
    if not data.strip():
        raise UnreadableSource(name, "this is empty; nothing was read.")
    if len(data) > MOST_TEXT_BYTES:
        raise UnreadableSource(name, "this is too long for one article; split it.")
    if suffix in _PAGES:
        text = text_of(data, name, declared=declared_charset(data))
        yield part(webpage.drafted(text, name, today))
        return
    if suffix not in _TEXTS:
        raise UnreadableSource(name, UNKNOWN)
    source = Source(name, None, io.BytesIO(data), today)
    for result in _TEXTS[suffix](source):
        if isinstance(result, Article):
            yield from_article(result, own_id=suffix == ".jsonl")
        else:
            yield refusal(result)
