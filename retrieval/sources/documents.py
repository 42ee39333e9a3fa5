"""PDF files, office documents, books, e-mail and archives become articles.

All are read in the sandbox, each file of an archive in a call of its own.
"""

from __future__ import annotations

import io
import os
import posixpath
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import (
    drafts,
    epub,
    html,
    jsonlines,
    mail,
    markdown,
    office,
    pdf,
    plaintext,
    sandbox,
    zipped,
)
from retrieval.sources.sandbox import Parser
from retrieval.sources.source import NOT_READ, Source, in_megabytes, whole_file

SUFFIXES = (".pdf", ".docx", ".odt", ".epub", ".eml", ".mht", ".mhtml", ".zip")

# E-mail and saved pages begin with fields; no pasted text has the first of these.
_MACHINE_FIELD = re.compile(rb"(?im)^(?:message-id|mime-version|received|return-path):")
_FROM_FIELD = re.compile(rb"(?im)^from:")
_TEXTS = {
    ".txt": plaintext.articles,
    ".text": plaintext.articles,
    ".md": markdown.articles,
    ".markdown": markdown.articles,
    ".jsonl": jsonlines.articles,
}
_PAGES = (".html", ".htm", ".xhtml")
_DRAFTED = {
    "pdf": pdf.drafted,
    "docx": office.word_drafted,
    "odt": office.open_drafted,
    "mail": mail.drafted,
}
_REFUSED = {
    "office": "this is an old office document, one locked with a password, or a spreadsheet; open"
    " it, save its text as .docx without a password, and add that.",
    "zip": "this is an archive in an archive; unpack it and add the files.",
}

LIMIT_BYTES = 50_000_000
LONGEST_S = 120.0
"""After which no more of the files of one archive are begun."""

_NO_RESULT = "this could not be read; open it, save it as a new file, and add that."


def articles(source: Source) -> Iterator[Article | UnreadableSource]:
    """Yield the articles of a document; one result each for the files of an archive.

    Raises UnreadableSource if the document as a whole cannot be read.
    """
    name, data = source.name, source.stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(name, f"this is larger than {in_megabytes(LIMIT_BYTES)}; split it.")

    def parsed(parser: Parser, name: str, **facts: Any) -> list[Any]:
        suffix, today = os.path.splitext(source.name)[1].lower(), source.today.isoformat()
        return sandbox.parsed(parser, data, name=name, today=today, suffix=suffix, **facts)

    content = parsed(parse, name)
    if not content:
        raise UnreadableSource(name, "this holds no files that could be read.")
    paths: list[str] = []
    for result in content:
        match result:
            case {"file": str(path)}:
                paths.append(path)
            case _:
                yield _result(result, name, source.origin)
    started = time.monotonic()
    for number, path in enumerate(paths):
        if time.monotonic() - started > LONGEST_S:
            raise UnreadableSource(
                name,
                f"its files take too long to read, and {len(paths) - number:,} of {len(paths):,}"
                " were not read; unpack it and add the folder.",
            )
        # Two files of one archive may have one name.
        inner = path if path not in paths[:number] else f"{path}#{number}"
        place = f"{source.origin}!{inner}" if source.origin else None
        named = f"{name}: {path}"
        try:
            for result in parsed(file, named, number=number):
                yield _result(result, named, place)
        except UnreadableSource as error:
            yield error


def _result(content: Any, name: str, origin: str | None) -> Article | UnreadableSource:
    """The article or the refusal that came out of the sandbox; nonsense is refused.

    An article goes by the path of its document and its path in that, so that it keeps its id when
    the document is read again.
    """
    match content:
        case {"refused": str(refused), "reason": str(reason)}:
            return UnreadableSource(refused, reason)
        case {"text": str(), **rest}:
            path, id = rest.get("path"), rest.get("id")
            place = f"{origin}!{path}" if origin and path else origin
            own_id = id if isinstance(id, str) else None
            try:
                return drafts.article(drafts.from_json(content), origin=place, id=own_id)
            except ValueError:
                pass
    return UnreadableSource(name, _NO_RESULT)


def preload() -> None:
    """Import what reading any file needs."""
    pdf.preload()
    html.preload()


def parse(data: bytes, *, name: str, today: str, suffix: str) -> list[dict[str, Any]]:
    """Return the drafts in a document, and the names of the files in it as `{"file": name}`."""
    kind = kind_of(data, suffix)
    files = [{"file": path} for path, _ in _files(data, name, kind)]
    try:
        return files if kind == "zip" else [*_read(data, name, today, suffix), *files]
    except UnreadableSource:
        if not files:
            raise
        return files  # a letter that says nothing but what is sent with it


def file(data: bytes, *, name: str, today: str, suffix: str, number: int) -> list[dict[str, Any]]:
    """Return the drafts in the file with this number in an archive or letter."""
    kind = "zip" if data.startswith(b"PK") else "mail"
    _, unpacked = _files(data, name, kind)[number]
    return list(_read(unpacked(), name, today, posixpath.splitext(name)[1].lower()))


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
    head = re.split(rb"\r?\n\r?\n", data[:65536].lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    is_named = suffix in (".eml", ".mht", ".mhtml") and re.match(rb"[\w-]+ ?:", head)
    is_sent = _MACHINE_FIELD.search(head) and _FROM_FIELD.search(head)
    return "mail" if is_named or is_sent else None


def _zipped_kind(data: bytes, suffix: str) -> str:
    """The kind of a ZIP file, by the names of its members."""
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except zipped.ERRORS:
        return "zip"
    if any(name.endswith("META-INF/container.xml") for name in names):
        return "epub"
    if any(name.startswith("word/") for name in names):
        return "docx"
    if "content.xml" in names and (b"opendocument.text" in data[:130] or suffix == ".odt"):
        return "odt"
    is_office = {"[Content_Types].xml", "mimetype"} & set(names)
    return "office" if is_office else "zip"


def _files(data: bytes, name: str, kind: str | None) -> list[tuple[str, Callable[[], bytes]]]:
    """The paths of the files in an archive or with a letter, and what unpacks each."""
    if kind == "mail":
        # Pictures and signatures are left out.
        return [
            ("/".join(_steps(path)), partial(bytes, content))
            for path, content in mail.attachments(data)
            if path.lower().endswith((*SUFFIXES, *_TEXTS, *_PAGES)) or kind_of(content) == "pdf"
        ]
    if kind != "zip":
        return []
    archive = zipped.opened(data, name)
    return [
        ("/".join(steps), partial(zipped.unpacked, archive, member, name))
        for member in archive.infolist()
        if (steps := _steps(member.filename))
        # Systems add hidden files unasked; links lead out of the archive.
        and not any(step.startswith((".", "__MACOSX")) for step in steps)
        and not (member.is_dir() or member.external_attr >> 28 == 0o12)
    ]


def _steps(path: str) -> list[str]:
    """The parts of a path, which leads nowhere: nothing is ever written there."""
    return [step for step in path.replace("\\", "/").split("/") if step not in ("", ".", "..")]


def _read(data: bytes, name: str, today: str, suffix: str) -> Iterator[dict[str, Any]]:
    """The drafts in a document, by what it is, not by what it is called."""
    kind, day = kind_of(data, suffix), date.fromisoformat(today)
    if kind == "epub":
        for path, draft in epub.chapters(data, name, day):
            yield {"path": path, **drafts.to_json(draft)}
    elif kind in _DRAFTED:
        yield drafts.to_json(_DRAFTED[kind](data, name, day))
    elif kind is None and suffix in _PAGES:
        yield from html.parse(whole_file(io.BytesIO(data), name), name=name, today=today)
    elif kind is None and suffix in _TEXTS:
        for article in _TEXTS[suffix](Source(name, None, io.BytesIO(data), day)):
            if isinstance(article, UnreadableSource):
                yield {"refused": article.source, "reason": article.reason}
            else:
                own_id = article.id if suffix == ".jsonl" else None
                yield {**drafts.to_json(article), "id": own_id}
    else:
        raise UnreadableSource(name, _REFUSED.get(kind or "", NOT_READ))
