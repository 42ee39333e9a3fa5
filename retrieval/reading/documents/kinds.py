"""What kind of document bytes are: their content tells, whatever their name says."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import drafts
from retrieval.reading.drafts import Draft
from retrieval.records import Article

BROKEN = "this was not read as it should have been; open it, save it anew, and add that."


class Kind(StrEnum):
    """The kinds of documents that are read, and those that are told apart to be refused well."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    EPUB = "epub"
    MAIL = "mail"
    PAGE_ARCHIVE = "mhtml"
    ARCHIVE = "zip"
    OLD_OFFICE = "an old office document"
    LOCKED_OFFICE = "a locked office document"
    SHEET = "a spreadsheet or a presentation"


SUFFIXES = (".pdf", ".docx", ".odt", ".epub", ".eml", ".mht", ".mhtml", ".zip")

_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FIELD = re.compile(rb"(?:>?From |[!-9;-~]+:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|$)")
_MAIL_FIELDS = frozenset(
    b"from to cc date subject message-id mime-version received return-path content-type".split()
)
# No pasted text has these.
_MACHINE_FIELDS = frozenset(b"message-id mime-version received return-path".split())


def kind_of(data: bytes, suffix: str = "") -> Kind | None:
    """The kind of a document; `data` may be its beginning only. None for text and pages."""
    # Readers of PDF let up to a kilobyte stand before it.
    if data[:64].lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in data[:1024]):
        return Kind.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped_kind(data)
    if data.startswith(_OLE):
        return Kind.LOCKED_OFFICE if _ENCRYPTED_PACKAGE in data else Kind.OLD_OFFICE
    return _mail_kind(data[:65536], suffix)


def _zipped_kind(data: bytes) -> Kind:
    """The kind of a ZIP file, by its first member and the names in its directory."""
    head = data[30:130]
    if b"mimetypeapplication/epub+zip" in head:
        return Kind.EPUB
    if _OPEN_DOCUMENT in head:
        return Kind.ODT if _OPEN_DOCUMENT + b"text" in head else Kind.SHEET
    names = _directory(data)
    if b"[Content_Types].xml" in names:
        if b"word/" in names:
            return Kind.DOCX
        if b"xl/" in names or b"ppt/" in names:
            return Kind.SHEET
    if b"META-INF/container.xml" in names and b".opf" in names:
        return Kind.EPUB
    return Kind.ARCHIVE


def _directory(data: bytes) -> bytes:
    """The directory at the end of a ZIP file; documents inside it have directories, too."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    return data[max(0, end - size) : end] if end >= 0 else b""


def _mail_kind(head: bytes, suffix: str) -> Kind | None:
    """E-mail and saved pages begin with fields such as `From:`."""
    names: list[bytes] = []
    place = len(head) - len(head.lstrip(b"\xef\xbb\xbf\r\n"))
    while len(names) < 100 and (field := _FIELD.match(head, place)):
        names.append(field[0].split(b":", 1)[0].lower())
        place = field.end()
    known = _MAIL_FIELDS.intersection(names)
    if len(known) < 2 or (suffix not in (".eml", ".mht", ".mhtml") and not known & _MACHINE_FIELDS):
        return None
    page = re.search(rb"(?mi)^content-type:\s*(?:multipart/related|text/html)", head[:place])
    if b"snapshot-content-location" in names or (page and suffix in (".mht", ".mhtml")):
        return Kind.PAGE_ARCHIVE
    return Kind.MAIL if b"from" in names or suffix else None


def part(draft: Draft, path: str = "", id: str | None = None) -> dict[str, Any]:
    """A draft, where in its document it stands, and the id that it has of itself."""
    return {"path": path, "id": id, **drafts.to_json(draft)}


def refusal(error: UnreadableSource) -> dict[str, Any]:
    """Why one of several articles could not be read."""
    return {"refused": error.source, "reason": error.reason}


def from_article(article: Article, *, own_id: bool) -> dict[str, Any]:
    """An article that another reader made, as a draft again."""
    draft = Draft(
        article.text,
        article.title,
        article.url,
        article.source,
        article.author,
        article.published,
        note=article.note,
    )
    return part(draft, id=article.id if own_id else None)


def result(content: Any, name: str, origin: str | None) -> Article | UnreadableSource:
    """The article or the refusal that a part is; nonsense is refused.

    An article goes by the path of its document and its path in that, so that it keeps its id when
    the document is read again.
    """
    match content:
        case {"refused": str(source), "reason": str(reason)}:
            return UnreadableSource(source, reason)
        case {"path": str(path), "id": str() | None as id}:
            place = f"{origin}!{path}" if origin and path else origin
            try:
                return drafts.article(drafts.from_json(content), origin=place, id=id)
            except ValueError:
                pass
    return UnreadableSource(name, BROKEN)
