"""What a document holds, read in the sandbox: each file in it in a call of its own."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import drafts, jsonlines, markdown, plaintext, webpage
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.documents import epub, mail, office, pdf, zipped
from retrieval.reading.documents.kinds import SUFFIXES, Kind, kind_of
from retrieval.reading.drafts import Draft
from retrieval.reading.sources import LIMIT_BYTES, Source
from retrieval.records import Article

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
_DRAFTED = {
    Kind.PDF: pdf.drafted,
    Kind.DOCX: office.word_drafted,
    Kind.ODT: office.open_drafted,
    Kind.MAIL: mail.drafted,
    Kind.PAGE_ARCHIVE: mail.page_drafted,
}
_REFUSED = {
    Kind.OLD_OFFICE: "this is an old office document (.doc); open it, save it as .docx, and add"
    " that.",
    Kind.LOCKED_OFFICE: office.LOCKED,
    Kind.SHEET: "spreadsheets and presentations are not read; save the text as .docx or .pdf and"
    " add that.",
    Kind.ARCHIVE: NESTED,
}


def preload() -> None:
    """Import what reading any file needs."""
    pdf.preload()
    webpage.preload()


def parse(data: bytes, *, name: str, today: str, suffix: str) -> list[dict[str, Any]]:
    """Return the drafts in a document, and the names of the files in it as `{"file": name}`."""
    kind = kind_of(data, suffix)
    if kind is Kind.ARCHIVE:
        return [{"file": _path(member)} for member in _members(zipped.opened(data, name))]
    files = [{"file": path} for path, _ in _attached(data)] if kind is Kind.MAIL else []
    try:
        return [*_read(data, name, date.fromisoformat(today), suffix), *files]
    except UnreadableSource:
        if not files:
            raise
        return files  # a letter that says nothing but what is sent with it


def file(data: bytes, *, name: str, today: str, suffix: str, number: int) -> list[dict[str, Any]]:
    """Return the drafts in the file with this number in an archive or letter."""
    if kind_of(data, suffix) is Kind.MAIL:
        _, content = list(_attached(data))[number]
    else:
        archive = zipped.opened(data, name)
        content = zipped.unpacked(archive, _members(archive)[number], name)
    inner = posixpath.splitext(name)[1].lower()
    return list(_read(content, name, date.fromisoformat(today), inner))


def _attached(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What came with an e-mail and can be read; pictures and signatures are left out."""
    for path, content in mail.attachments(data):
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in (*SUFFIXES, *_TEXTS, *_PAGES) or kind_of(content) is Kind.PDF:
            yield posixpath.basename(path.replace("\\", "/")), content


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in an archive, without folders, links, and what systems add unasked."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and (member.external_attr >> 28) != 0o12  # a symbolic link
        and not any(step.startswith(".") or step == "__MACOSX" for step in _path(member).split("/"))
    ]


def _path(member: zipfile.ZipInfo) -> str:
    """The path of a member, which leads nowhere: nothing is ever written there."""
    steps = member.filename.replace("\\", "/").split("/")
    return "/".join(step for step in steps if step not in ("", ".", ".."))


def _read(data: bytes, name: str, today: date, suffix: str) -> Iterator[dict[str, Any]]:
    """The drafts in a document, by what it is, not by what it is called."""
    kind = kind_of(data, suffix)
    if kind is Kind.EPUB:
        for path, draft in epub.chapters(data, name, today):
            yield {"path": path, **drafts.to_json(draft)}
    elif kind in _DRAFTED:
        yield drafts.to_json(_DRAFTED[kind](data, name, today))
    elif kind or suffix not in (*_TEXTS, *_PAGES):
        raise UnreadableSource(name, _REFUSED.get(kind, UNKNOWN) if kind else UNKNOWN)
    elif not data.strip():
        raise UnreadableSource(name, "this is empty; nothing was read.")
    elif len(data) > LIMIT_BYTES:
        raise UnreadableSource(name, "this is too long for one article; split it.")
    elif suffix in _PAGES:
        text = text_of(data, name, declared=declared_charset(data))
        yield drafts.to_json(webpage.drafted(text, name, today))
    else:
        for one in _TEXTS[suffix](Source(name, None, io.BytesIO(data), today)):
            yield _as_json(one, own_id=suffix == ".jsonl")


def _as_json(result: Article | UnreadableSource, *, own_id: bool) -> dict[str, Any]:
    """An article that another reader made, as a draft, or why it made none."""
    if isinstance(result, UnreadableSource):
        return {"refused": result.source, "reason": result.reason}
    known = {name: getattr(result, name) for name in Draft.__slots__}
    return {"id": result.id if own_id else None, **drafts.to_json(Draft(**known))}
