"""What kind of document bytes are: their content tells, whatever their name says."""

from __future__ import annotations

import re
from email import message_from_bytes
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of documents that are read or refused with a reason of their own."""

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
# No pasted text has the first of these.
_MACHINE_FIELDS = {"message-id", "mime-version", "received", "return-path"}
_MAIL_FIELDS = {*_MACHINE_FIELDS, "from", "to", "cc", "date", "subject", "content-type"}


def kind_of(data: bytes, suffix: str = "") -> Kind | None:
    """Return the kind of a document, of which `data` may be the beginning; None for text."""
    # Readers of PDF let up to a kilobyte stand before it.
    if data[:64].lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in data[:1024]):
        return Kind.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped_kind(data, suffix)
    if data.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        return Kind.LOCKED_OFFICE if locked else Kind.OLD_OFFICE
    return _mail_kind(data[:65536], suffix)


def _zipped_kind(data: bytes, suffix: str) -> Kind:
    """The kind of a ZIP file, by its first member and the names in its directory."""
    head, names = data[30:130], _directory(data)
    if b"mimetypeapplication/epub+zip" in head:
        return Kind.EPUB
    if _OPEN_DOCUMENT in head:
        return Kind.ODT if _OPEN_DOCUMENT + b"text" in head else Kind.SHEET
    if b"[Content_Types].xml" in names:
        if b"word/" in names or suffix == ".docx":
            return Kind.DOCX
        if b"xl/" in names or b"ppt/" in names:
            return Kind.SHEET
    if b"META-INF/container.xml" in names and b".opf" in names:
        return Kind.EPUB
    return Kind.ODT if suffix == ".odt" and b"content.xml" in names else Kind.ARCHIVE


def _directory(data: bytes) -> bytes:
    """The directory at the end of a ZIP file; documents inside it have directories, too."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    return data[max(0, end - size) : end] if end >= 0 else b""


def _mail_kind(head: bytes, suffix: str) -> Kind | None:
    """E-mail and saved pages begin with fields such as `From:`."""
    fields = re.split(rb"\r?\n\r?\n", head.lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    message = message_from_bytes(fields)
    names = {name.lower() for name in message}
    known = _MAIL_FIELDS & names
    is_page = suffix in (".mht", ".mhtml")
    if len(known) < 2 or not (is_page or suffix == ".eml" or known & _MACHINE_FIELDS):
        return None
    saved = message.get_content_type() in ("multipart/related", "text/html")
    if "snapshot-content-location" in names or (is_page and saved):
        return Kind.PAGE_ARCHIVE
    return Kind.MAIL if "from" in names or suffix else None
