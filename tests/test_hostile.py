"""Hundreds of broken and hostile files: each is read or refused in a sentence, in bounds."""

import io
import os
import random
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import generated_documents as papers
import pytest

from retrieval import sources
from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.records import Article

TODAY = date(2026, 11, 1)
# Five are granted to the reader; the rest is for a machine that does other things, too.
LONGEST_S = 30.0
MUTANTS = 24

_SENTENCE = re.compile(r"[a-z`“\d].{15,}\.")


def memory() -> int:
    """The resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def check(folder: Path, name: str, content: bytes | None = None) -> list[str]:
    """Read a file and tell what each result was: "read", or the reason."""
    path = folder / name
    if content is not None:
        path.write_bytes(content)
    started = time.monotonic()
    results = list(sources.articles(str(path), today=TODAY))
    assert time.monotonic() - started < LONGEST_S, name
    assert results, name
    for one in results:
        if isinstance(one, Article):
            assert one.text.strip() and one.title, name
            one.text.encode(), one.title.encode()
            assert list(one.pages) == sorted(one.pages), name
        else:
            assert isinstance(one, UnreadableSource), name
            assert not isinstance(one, ReaderDefect), name  # the log has its traceback
            assert _SENTENCE.fullmatch(one.reason), (name, one.reason)
    return ["read" if isinstance(one, Article) else one.reason for one in results]


def mutants(content: bytes, rng: random.Random) -> Iterator[bytes]:
    """Broken versions of a file: cut, with bits flipped, pieces swapped, doubled or blotted out."""
    size = len(content)
    for number in range(MUTANTS):
        one, other = sorted(rng.randrange(size) for _ in range(2))
        broken = bytearray(content)
        match number % 6:
            case 0:
                del broken[one:]
            case 1:
                for _ in range(1 + size // 2000):
                    broken[rng.randrange(size)] ^= 1 << rng.randrange(8)
            case 2:
                broken[one:other] = broken[other : 2 * other - one]
            case 3:
                broken[one:one] = broken[one:other]
            case 4:
                broken[one : one + 200] = rng.randbytes(200)
            case 5:
                broken[one : one + 200] = b"\0" * 200
        yield bytes(broken)


@pytest.mark.parametrize("name", papers.everything())
def test_a_broken_file_is_read_or_refused(name, tmp_path):
    rng = random.Random(name)
    content = papers.everything()[name]
    assert set(check(tmp_path, name, content)) == {"read"}
    for number, broken in enumerate(mutants(content, rng)):
        check(tmp_path, f"{number}-{name}", broken)


def overlapping() -> bytes:
    """Three hundred members that are all the same bytes (D. Fifield, 2019)."""
    file = io.BytesIO(papers.zipped(("a.txt", b"a" * 1_000_000)))
    data = file.getvalue()
    directory = data.index(b"PK\x01\x02")
    entry = data[directory : data.index(b"PK\x05\x06")]
    many = b"".join(entry.replace(b"a.txt", b"%05d" % number) for number in range(300))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 300, 300, len(many), directory, 0)
    return data[:directory] + many + end


def with_link() -> bytes:
    link = zipfile.ZipInfo("passwords.txt")
    link.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def locked() -> bytes:
    data = bytearray(papers.zipped(("a.txt", "x" * 100)))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def nested(levels: int) -> bytes:
    inner = papers.zipped(("a.txt", b"0" * 100_000))
    for _ in range(levels):
        inner = papers.zipped(*((f"{number}.zip", inner) for number in range(16)))
    return inner


def patched(data: bytes, at: bytes, place: int, value: bytes) -> bytes:
    start = data.index(at) + place
    return data[:start] + value + data[start + len(value) :]


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "42.zip": lambda: nested(2),
    "overlapping.zip": overlapping,
    "link.zip": with_link,
    "locked.zip": locked,
    "zeros.zip": lambda: papers.zipped(("a.txt", b"0" * 60_000_000)),
    "many.zip": lambda: papers.zipped(*((f"{n}.txt", "x") for n in range(5000)), packed=False),
    "claims.zip": lambda: patched(
        papers.zipped(("a.txt", "x" * 99)), b"PK\1\2", 24, b"\xff\xff\xff\x7f"
    ),
    "modest.zip": lambda: patched(
        papers.zipped(("a.txt", b"x" * 9_000_000)), b"PK\1\2", 24, b"9\0\0\0"
    ),
    "mail.zip": lambda: papers.zipped(("a.eml", papers.mail(files=(("b.zip", nested(0)),)))),
}


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>'


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes | str]) -> bytes:
    """A zipped document of which one part is changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for member in old.infolist():
            content = old.read(member)
            new.writestr(
                member,
                change(content) if member.filename == name else content,
                0 if member.filename == "mimetype" else 8,
            )
    return file.getvalue()


def declared(how: str) -> Callable[[bytes], str]:
    """A change that puts a declaration before a part's root, and uses it in the first text."""

    def change(content: bytes) -> str:
        text = re.sub(r"<\?xml.*?\?>", "", content.decode())
        return how + text.replace("The harbour", "&i; The harbour", 1)

    return change


def deep(content: bytes) -> bytes:
    head, body, tail = content.partition(b"</w:p>")
    return head + b"<w:tbl><w:tr><w:tc>" * 50_000 + body + tail


def of(kind: str) -> bytes:
    return papers.everything()[f"a.{kind}"]


PARTS = {"docx": "word/document.xml", "odt": "content.xml", "epub": "OEBPS/book.opf"}
CHANGES: dict[str, Callable[[bytes], bytes | str]] = {
    "laughs": declared(LAUGHS),
    "outside": declared(OUTSIDE),
    "parameter": declared(PARAMETER),
    "zeros": lambda old: old + b" " * 60_000_000,
}
OFFICE: dict[str, Callable[[], bytes]] = {
    **{
        f"{what}.{kind}": lambda kind=kind, part=part, change=change: with_part(
            of(kind), part, change
        )
        for what, change in CHANGES.items()
        for kind, part in PARTS.items()
    },
    "laughs-chapter.epub": lambda: with_part(of("epub"), "OEBPS/flood.xhtml", declared(LAUGHS)),
    "deep.docx": lambda: with_part(of("docx"), PARTS["docx"], deep),
    "away.epub": lambda: with_part(
        of("epub"), "OEBPS/book.opf", lambda old: old.replace(b'href="', b'href="../../../etc/')
    ),
    "spine.epub": lambda: with_part(
        of("epub"),
        "OEBPS/book.opf",
        lambda old: old.replace(
            b"<spine>", b"<spine>" + b'<itemref idref="flood.xhtml"/>' * 300_000
        ),
    ),
    "deep.epub": lambda: papers.book(("a.xhtml", "<div>" * 200_000 + papers.FERRY)),
}


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of which is the catalog."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    return data + table + end + b"startxref\n%d\n%%%%EOF" % len(data)


def drawn(content: bytes, resources: bytes = b"", *more: bytes, filter: bytes = b"") -> bytes:
    """A PDF of one page with this content."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<%s>>>>"
        % resources,
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), filter, content),
        *more,
    )


FONT = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
FLATE = b"/Filter/FlateDecode"
PDFS: dict[str, Callable[[], bytes]] = {
    "billion-pages.pdf": lambda: pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"
    ),
    "operators.pdf": lambda: drawn(b"BT /F 12 Tf " + b"(a) Tj " * 900_000 + b"ET", FONT),
    "flood.pdf": lambda: drawn(
        zlib.compress(b"BT /F 12 Tf (x) Tj " * 3_000_000), FONT, filter=FLATE
    ),
    "itself.pdf": lambda: drawn(
        b"/X Do",
        b"/XObject<</X 5 0 R>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 5>>"
        b"stream\n/X Do\nendstream",
    ),
}


PAGES: dict[str, Callable[[], bytes]] = {
    "deep.html": lambda: b"<div>" * 1_200_000 + papers.FERRY.encode(),
    "tables.html": lambda: b"<table><tr><td>" * 200_000 + papers.FERRY.encode(),
    "linked.html": lambda: papers.page(
        head='<script type="application/ld+json">' + '{"@graph":[' * 100_000 + "</script>"
    ).encode(),
    "paragraphs.html": lambda: b"<html>" + b"<p>Yes." * 300_000,
}


def multiparts(levels: int) -> bytes:
    head = b"From: a@b.example\nMIME-Version: 1.0\nSubject: x\n"
    return head + b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(levels)
    )


HEAD = b"From: Ada <a@post.example>\nMIME-Version: 1.0\nSubject: Pier\nMessage-ID: <1@x>\n"
MAILS: dict[str, Callable[[], bytes]] = {
    "nested.eml": lambda: multiparts(100_000),
    "forwarded.eml": lambda: (HEAD + b"Content-Type: message/rfc822\n\n") * 20_000,
    "siblings.eml": lambda: (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: text/plain\n\nYes.\n" * 5_000
    ),
    "quotes.eml": lambda: HEAD + b"\n" + b"On a day they wrote:\n> no\n" * 20_000,
    "bomb.eml": lambda: papers.mail(files=(("a.zip", nested(1)), ("b.pdf", b"%PDF-1.7"))),
}

GROUPS = {"archives": ARCHIVES, "office": OFFICE, "pdf": PDFS, "pages": PAGES, "mail": MAILS}


@pytest.mark.parametrize("group", GROUPS)
def test_a_file_made_to_do_harm_does_none(group, tmp_path):
    before = memory()
    for name, made in GROUPS[group].items():
        check(tmp_path, name, made())
        (tmp_path / name).unlink()
    assert memory() - before < 60_000_000


@pytest.mark.parametrize("name", ["a.pdf", "a.zip", "a.txt"])
def test_a_gigabyte_of_nothing_is_refused_unread(name, tmp_path):
    before = memory()
    with open(tmp_path / name, "wb") as file:
        file.truncate(1 << 30)
    assert len(check(tmp_path, name)) == 1
    assert memory() - before < 30_000_000


@pytest.mark.parametrize("name", ["pipe.pdf", "/dev/zero", "/dev/full", "/dev/random"])
def test_what_has_no_end_is_refused(name, tmp_path):
    if name == "pipe.pdf":
        os.mkfifo(tmp_path / name)
    assert len(check(tmp_path, name)) == 1
