"""The bytes of a source: open a file, read it whole, decode its text."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from typing import BinaryIO

from retrieval.errors import UnreadableSource

LIMIT_BYTES = 10_000_000
EMPTY = "this is empty; nothing was read."
NO_FILE = "this is a device or a pipe, not a file; pipe its text into `quotewise add -`."


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes on their way to becoming articles.

    `name` is what the person typed; `origin` the absolute path, None for standard input. `today`
    is the day of reading: later dates in a text are not believed. `url` is the address of what
    came from the web, and `charset` what its server says of it.
    """

    name: str
    origin: str | None
    stream: BinaryIO
    today: date
    url: str | None = None
    charset: str | None = None


def whole_file(stream: BinaryIO, name: str) -> bytes:
    """All bytes of a stream that holds a single article; longer ones are refused unread."""
    data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(
            name,
            f"this is larger than {in_megabytes(LIMIT_BYTES)}, too long for one article;"
            " split it, or put one article a line into a .jsonl file.",
        )
    if not data.strip():
        raise UnreadableSource(name, EMPTY)
    return data


@contextmanager
def opened(file: str) -> Iterator[BufferedReader]:
    """The bytes of a file; raises UnreadableSource if it will not open, or is no file."""
    try:
        # Opening a pipe would wait for somebody who writes to it.
        if stat.S_IFMT(os.stat(file).st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
            raise UnreadableSource(file, NO_FILE)
        stream = open(file, "rb")  # noqa: SIM115  closed by the `with` below
    except (OSError, ValueError) as error:
        raise UnreadableSource(file, why_unopened(error)) from error
    with stream:
        yield stream


def why_unopened(error: OSError | ValueError) -> str:
    """What keeps a file or folder shut, and what a person can do about it."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder; check the path."
    reason = getattr(error, "strerror", None) or error
    return f"this could not be read ({reason}); check the path and your permission to read it."


def origin_of(file: str) -> str:
    """The absolute path as text that any store takes, even where its name is not UTF-8."""
    return os.fsencode(os.path.abspath(file)).decode("utf-8", "replace")


def in_megabytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB"


_MARKS = {
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),  # the first begins like UTF-16
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
# Without UTF-16, for which chardet 7.7 takes 20 of 1,379 binary files.
_ENCODINGS = (
    "ascii utf-8 iso8859-1 cp1252 cp1250 iso8859-2 cp1254 cp1251 koi8-r cp1253 cp1255 cp1256"
    " cp949 cp932 euc-jp gb18030 big5"
).split()
# With these and no rules of ours, chardet reads 1,651 of 1,651 paragraphs in 18 languages (ours
# with charset-normalizer read 1,622), and of their first 30 characters it misreads 3 in 946. True
# texts score .07 and more, except for single words; random bytes score below .01.
_LEAST_CONFIDENCE = 0.05
# Browsers read these as their supersets (WHATWG Encoding Standard, 4.2).
_SUPERSETS = {
    **dict.fromkeys(["iso-8859-1", "iso8859-1", "latin1", "us-ascii", "ascii"], "cp1252"),
    **{"euc-kr": "cp949", "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030"},
}
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^<>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{2,40})""", re.I
)
_ROOT = re.compile(
    rb"(?>[\s\]>]|<!--.*?-->|<[?!][^>]*>)*+(?:<(?:[\w.-]+:)?([a-z][\w.-]*)|(\{))", re.S | re.I
)
_FOREIGN = re.compile("[\u0370-\u06ff]")
_MIXED_WORD = re.compile("[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]")
NOT_READ = (
    "this kind of file is not read; save it as .docx, .pdf, .epub or .txt (unpack an archive), and"
    " add that."
)
_UNSURE = (
    "its character encoding is not certain; save it as UTF-8, for instance with"
    " `iconv -f YOUR-ENCODING -t UTF-8`."
)


def text_of(data: bytes, name: str, *, declared: str | None = None) -> str:
    """Decode bytes, broken characters replaced. Raises UnreadableSource if they are no text."""
    for encoding, marks in _MARKS.items():
        if data.startswith(marks):
            return data.decode(encoding, "replace")
    if data.count(0) <= 1 + len(data) / 1000:  # more of them are a sign of a binary file
        data = data.replace(b"\0", b"")
    if data.startswith(b"{\\rtf"):
        raise UnreadableSource(name, NOT_READ)
    for charset in filter(None, ("utf-8-sig", declared)):
        with suppress(LookupError, ValueError):  # which Python raises for unknown charsets
            text = _decoded(data, charset)
            if _is_nearly_whole(text):
                return text
    text = _decoded(data, _detected(data, name))
    # A few letters of short French and Italian texts are taken for Arabic or Cyrillic ones.
    if 0 < len(_FOREIGN.findall(text)) <= 2 * len(_MIXED_WORD.findall(text)):
        text = _decoded(data, "cp1252")
    return text.replace("\0", "")


def declared_charset(page: bytes) -> str | None:
    """The charset that a web page names in its first bytes."""
    match = _DECLARED.search(page[:4096])
    return match[1].decode("ascii", "replace") if match else None


def _decoded(data: bytes, charset: str) -> str:
    text = data.decode(_SUPERSETS.get(charset.lower(), charset), "replace")
    return text.encode("utf-8", "replace").decode()  # some charsets give halves of characters


def _is_nearly_whole(text: str) -> bool:
    """Whether a text has at least two whole characters beyond ASCII for each broken one.

    Texts in other encodings, read as UTF-8, have at most seven for ten. One with NUL may be binary.
    """
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    return whole >= 2 * broken and "\0" not in text


def _detected(data: bytes, name: str) -> str:
    # A tenth of a second to import, and most files are UTF-8.
    import chardet

    detected = chardet.detect(
        data, compat_names=False, include_encodings=_ENCODINGS, max_bytes=max(1, len(data))
    )
    if detected["encoding"] is None:
        raise UnreadableSource(name, NOT_READ)
    if detected["confidence"] < _LEAST_CONFIDENCE:
        raise UnreadableSource(name, _UNSURE)
    return detected["encoding"]


def root_of(content: bytes) -> str:
    """The name of the first element, in small letters; `{` for JSON."""
    # UTF-16 shows as ASCII with a zero in every second byte.
    root = _ROOT.match(content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff"))
    return (root[1] or root[2]).decode().lower() if root else ""
