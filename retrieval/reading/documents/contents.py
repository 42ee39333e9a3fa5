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
from retrieval.reading.sources import Source, whole_file

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
        return [{"file": path} for path, _ in _members(zipped.opened(data, name))]
    files = [{"file": path} for path, _ in _attached(data)] if kind is Kind.MAIL else []
    try:
        return [*_read(data, name, today, suffix), *files]
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
        content = zipped.unpacked(archive, _members(archive)[number][1], name)
    return list(_read(content, name, today, posixpath.splitext(name)[1].lower()))


def _attached(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What came with an e-mail and can be read; pictures and signatures are left out."""
    for path, content in mail.attachments(data):
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in (*SUFFIXES, *_TEXTS, *_PAGES) or kind_of(content) is Kind.PDF:
            yield posixpath.basename(path.replace("\\", "/")), content


def _members(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files in an archive by path, without folders, links, and what systems add unasked."""
    members = []
    for member in archive.infolist():
        # The path leads nowhere: nothing is ever written there.
        steps = member.filename.replace("\\", "/").split("/")
        steps = [step for step in steps if step not in ("", ".", "..")]
        unasked = any(step.startswith(".") or step == "__MACOSX" for step in steps)
        is_link = member.external_attr >> 28 == 0o12
        if not (unasked or is_link or member.is_dir()):
            members.append(("/".join(steps), member))
    return members


def _read(data: bytes, name: str, today: str, suffix: str) -> Iterator[dict[str, Any]]:
    """The drafts in a document, by what it is, not by what it is called."""
    kind, day = kind_of(data, suffix), date.fromisoformat(today)
    if kind is Kind.EPUB:
        for path, draft in epub.chapters(data, name, day):
            yield {"path": path, **drafts.to_json(draft)}
    elif kind in _DRAFTED:
        yield drafts.to_json(_DRAFTED[kind](data, name, day))
    elif kind:
        raise UnreadableSource(name, _REFUSED[kind])
    elif suffix in _PAGES:
        page = whole_file(io.BytesIO(data), name)
        text = text_of(page, name, declared=declared_charset(page))
        yield drafts.to_json(webpage.drafted(text, name, day))
    elif suffix in _TEXTS:
        for one in _TEXTS[suffix](Source(name, None, io.BytesIO(data), day)):
            if isinstance(one, UnreadableSource):
                yield {"refused": one.source, "reason": one.reason}
            else:
                draft = Draft(**{field: getattr(one, field) for field in Draft.__slots__})
                own_id = one.id if suffix == ".jsonl" else None
                yield {"id": own_id, **drafts.to_json(draft)}
    else:
        raise UnreadableSource(name, UNKNOWN)
