"""What kind of document bytes are: their content says so, whatever their name."""

from __future__ import annotations

import io
import re
import zipfile

from retrieval.reading.documents.zipped import ERRORS

SUFFIXES = (".pdf", ".docx", ".odt", ".epub", ".eml", ".mht", ".mhtml", ".zip")

# No pasted text has the first of these.
_MACHINE_FIELDS = {b"message-id", b"mime-version", b"received", b"return-path"}
_MAIL_FIELDS = {*_MACHINE_FIELDS, b"from", b"to", b"cc", b"date", b"subject", b"content-type"}
_FIELD = re.compile(rb"^([a-z-]{2,30}):", re.IGNORECASE | re.MULTILINE)


def kind_of(data: bytes, suffix: str = "") -> str | None:
    """Return the kind of a document, of which `data` may be the beginning; None for text.

    It is one of pdf, docx, odt, epub, mail, zip, and office for a document that is not read.
    """
    # Readers of PDF let up to a kilobyte stand before it.
    if data[:64].lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in data[:1024]):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped_kind(data, suffix)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "office"
    # E-mail and saved pages begin with fields such as `From:`.
    head = re.split(rb"\r?\n\r?\n", data[:65536].lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    fields = _MAIL_FIELDS & {name.lower() for name in _FIELD.findall(head)}
    is_named = suffix in (".eml", ".mht", ".mhtml")
    is_mail = is_named or (fields & _MACHINE_FIELDS and b"from" in fields)
    return "mail" if len(fields) > 1 and is_mail else None


def _zipped_kind(data: bytes, suffix: str) -> str:
    """The kind of a ZIP file, by the names of its members."""
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except ERRORS:
        return "zip"
    if any(name.endswith("META-INF/container.xml") for name in names):
        return "epub"
    if any(name.startswith("word/") for name in names):
        return "docx"
    if "content.xml" in names and (b"opendocument.text" in data[:130] or suffix == ".odt"):
        return "odt"
    is_office = {"[Content_Types].xml", "mimetype"} & set(names)
    return "office" if is_office else "zip"
