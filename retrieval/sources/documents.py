"""PDF files, office documents, books, e-mail and archives become articles.

All but archives are read in the sandbox, each file of an archive as if it stood alone.
"""

import os
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import (
    dates,
    drafts,
    html,
    jsonlines,
    mail,
    markdown,
    office,
    pdf,
    plaintext,
    sandbox,
)
from retrieval.sources.source import NOT_READ, Source, in_megabytes

Reader = Callable[[Source], Iterator[Article | UnreadableSource]]
Files = list[tuple[str, Callable[[], bytes]]]

TEXTS: dict[str, Reader] = {
    **dict.fromkeys([".txt", ".text"], plaintext.articles),
    **dict.fromkeys([".md", ".markdown"], markdown.articles),
    **dict.fromkeys([".html", ".htm", ".xhtml"], html.articles),
    ".jsonl": jsonlines.articles,
}
_MAILS = (".eml", ".mht", ".mhtml")
READABLE = (*TEXTS, ".pdf", ".docx", ".odt", ".epub", *_MAILS, ".zip")

_DRAFTED = {
    "pdf": pdf.drafted,
    "docx": office.word_drafted,
    "odt": office.open_drafted,
    "mail": mail.drafted,
}
OLD_OFFICE = (
    "this is an old office document, one locked with a password, or a spreadsheet; open it, save"
    " its text as .docx without a password, and add that."
)
INNER_ARCHIVE = "this is an archive in an archive; unpack it and add the files."
TOO_MUCH_ATTACHED = (
    "this came with a letter whose files are too large together; save it as a file and add that."
)
NO_RESULT = "this could not be read; open it, save it as a new file, and add that."
# E-mail and saved pages begin with fields; no pasted text has the first of these.
_MACHINE_FIELD = re.compile(rb"(?im)^(?:message-id|mime-version|received|return-path):")
_FROM_FIELD = re.compile(rb"(?im)^from:")

LIMIT_BYTES = 50_000_000
MOST_ATTACHED_BYTES = 5_000_000  # in the files of one letter: a reply of the sandbox is limited
LONGEST_S = 120.0  # after which no more of the files of one archive are begun


def articles(source: Source, *, is_inside: bool = False) -> Iterator[Article | UnreadableSource]:
    """Yield the articles of a document; one result each for the files in an archive or letter.

    Of one that is inside another the files are left alone. Raises UnreadableSource if the document
    as a whole cannot be read.
    """
    name, data = source.name, source.stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(name, f"this is larger than {in_megabytes(LIMIT_BYTES)}; split it.")
    kind = kind_of(data, suffix_of(name))
    if kind == "office" or (kind == "zip" and is_inside):
        raise UnreadableSource(name, OLD_OFFICE if kind == "office" else INNER_ARCHIVE)
    if kind == "zip":
        yield from _articles_inside(source, _unpacked(office.Archive(data, name)))
        return
    files: Files = []
    for result in sandbox.parsed(parse, data, name=name, today=source.today, kind=kind):
        match result:
            case {"file": str(path), "content": str(content)}:
                files.append((path, partial(b64decode, content)))
            case {"file": str(path)}:
                yield UnreadableSource(f"{name}: {path}", TOO_MUCH_ATTACHED)
            case {"text": str(), **rest}:
                chapter, place = rest.get("path"), source.origin
                place = f"{place}!{chapter}" if place and chapter else place
                yield drafts.article(drafts.from_json(result), origin=place)
            case _:
                yield UnreadableSource(name, NO_RESULT)
    if not is_inside:
        yield from _articles_inside(source, files)


def _unpacked(archive: office.Archive) -> Files:
    """The paths of the files in an archive, and what unpacks each."""
    files: Files = [
        ("/".join(steps), partial(archive.read, member))
        for member in archive.members
        if (steps := _steps(member.filename))
        # Systems add hidden files unasked; links lead out of the archive.
        and not any(step.startswith((".", "__MACOSX")) for step in steps)
        and not (member.is_dir() or member.external_attr >> 28 == 0o12)
    ]
    if not files:
        raise UnreadableSource(archive.name, "this holds no files that could be read.")
    return files


def _steps(path: str) -> list[str]:
    """The parts of a path, which leads nowhere: nothing is ever written there."""
    return [step for step in path.replace("\\", "/").split("/") if step not in ("", ".", "..")]


def _articles_inside(source: Source, files: Files) -> Iterator[Article | UnreadableSource]:
    """One result for each article in the files of an archive or letter.

    An article goes by the path of its document and its path in that, so that it keeps its id when
    the document is read again.
    """
    ends = time.monotonic() + LONGEST_S
    paths = [path for path, _ in files]
    for number, (path, unpacked) in enumerate(files):
        if time.monotonic() > ends:
            left, total = len(paths) - number, len(paths)
            reason = f"its files take too long to read, and {left:,} of {total:,} were not read"
            raise UnreadableSource(source.name, f"{reason}; unpack it and add the folder.")
        # Two files of one archive may have one name.
        inner = path if path not in paths[:number] else f"{path}#{number}"
        place = f"{source.origin}!{inner}" if source.origin else None
        name, suffix = f"{source.name}: {path}", suffix_of(path)
        try:
            content = unpacked()
            file = Source(name, place, BytesIO(content), source.today)
            if kind_of(content, suffix):
                yield from articles(file, is_inside=True)
            elif suffix in TEXTS:
                yield from TEXTS[suffix](file)
            else:
                yield UnreadableSource(name, NOT_READ)
        except UnreadableSource as error:
            yield error


def suffix_of(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def kind_of(data: bytes, suffix: str = "") -> str | None:
    """Return pdf, docx, odt, epub, mail, zip, office (which is not read), or None for text."""
    # Readers of PDF let up to a kilobyte stand before it.
    if data[:64].lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in data[:1024]):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped_kind(data, suffix)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "office"
    head = re.split(rb"\r?\n\r?\n", data[:65536].lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    is_named = suffix in _MAILS and re.match(rb"[\w-]+ ?:", head)
    is_sent = _MACHINE_FIELD.search(head) and _FROM_FIELD.search(head)
    return "mail" if is_named or is_sent else None


def _zipped_kind(data: bytes, suffix: str) -> str:
    """The kind of a ZIP file, by the names of its members."""
    try:
        names = {member.filename for member in office.Archive(data, "").members}
    except UnreadableSource:
        return "zip"
    if any(name.endswith("META-INF/container.xml") for name in names):
        return "epub"
    if any(name.startswith("word/") for name in names):
        return "docx"
    if "content.xml" in names and (b"opendocument.text" in data[:130] or suffix == ".odt"):
        return "odt"
    return "office" if {"[Content_Types].xml", "mimetype"} & names else "zip"


# -- in the sandbox


def preload() -> None:
    """Import what reading any file needs."""
    import pypdfium2  # noqa: F401

    dates.parsed("1 May 2020")
    pdf.known_words()
    html.preload()


def parse(data: bytes, *, name: str, today: date, kind: str) -> list[dict[str, Any]]:
    """Return the drafts in a document of a kind, and the files of a letter in base 64."""
    if kind == "epub":
        chapters = office.chapters(data, name, today)
        return [{"path": path, **drafts.to_json(draft)} for path, draft in chapters]
    files, room = list[dict[str, Any]](), MOST_ATTACHED_BYTES
    for path, content in mail.attachments(data) if kind == "mail" else ():
        # Pictures and signatures are left out.
        if path.lower().endswith(READABLE) or kind_of(content) == "pdf":
            is_small = len(content) <= room
            room -= len(content) if is_small else 0
            encoded = b64encode(content).decode() if is_small else None
            files.append({"file": "/".join(_steps(path)), "content": encoded})
    try:
        return [drafts.to_json(_DRAFTED[kind](data, name, today)), *files]
    except UnreadableSource:
        if not files:
            raise
        return files  # a letter that says nothing but what is sent with it
