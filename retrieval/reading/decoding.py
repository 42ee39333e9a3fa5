"""Bytes become text here: byte-order marks, UTF-8, a declared charset, then a careful guess."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from retrieval.errors import UnreadableSource

# The longer marks first: the mark of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)

MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"{\\rtf": "a rich-text document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "a database",
}

NOT_TEXT = "save it as text, web page, Markdown or JSON Lines and add that file."
UNSURE = (
    "its character encoding cannot be told with confidence; save it as UTF-8, for instance with"
    " `iconv -f YOUR-ENCODING -t UTF-8`."
)

SAMPLE_BYTES = 300_000
MOST_BROKEN = 0.005  # of the characters of a text in an encoding that nobody can tell
LATIN = frozenset({"cp1250", "cp1252", "cp1254", "iso8859_2"})
SINGLE_BYTE = (*sorted(LATIN), "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256")
MULTI_BYTE = ("cp949", "cp932", "euc_jp", "gb18030", "big5")
# Languages written with Latin letters that Windows-1252 lacks.
BEYOND_WESTERN = frozenset(
    {"Polish", "Czech", "Slovak", "Hungarian", "Slovene", "Croatian", "Romanian", "Turkish"}
)
# Below this share of non-ASCII bytes a text is in Latin letters with accents here and there.
FOREIGN_SHARE = 0.2
# Printable text has none of these; tab, line ends, form feed and escape are left out.
CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1A, 0x1B}) + b"\x7f"
DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^<>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{2,40})""", re.I
)


def text_of(data: bytes, name: str, *, declared: str | None = None) -> str:
    """Return the text that bytes spell, a few damaged characters of it replaced.

    Raises UnreadableSource for bytes that are no text, or no sure text.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name)
    for magic, kind in MAGIC.items():
        if data.startswith(magic):
            raise UnreadableSource(name, f"this is {kind}, not text; {NOT_TEXT}")
    if b"\0" in data[:SAMPLE_BYTES] and (wide := _unmarked_utf16(data)):
        return _strictly(data, wide, name)
    if len(data) - len(data.translate(None, CONTROLS)) > len(data) / 100:
        raise UnreadableSource(name, f"this is a binary file, not text; {NOT_TEXT}")
    try:
        return data.decode().replace("\0", "")
    except UnicodeDecodeError as error:
        text = _as_declared(data, declared) if declared else None
        return (_guessed(data, name, error) if text is None else text).replace("\0", "")


def declared_charset(page: bytes) -> str | None:
    """The charset that a web page names in its first bytes."""
    found = DECLARED.search(page[:4096])
    return found[1].decode("ascii", "replace") if found else None


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"this begins as {encoding.upper()} text but is damaged; save it as UTF-8 again."
        raise UnreadableSource(name, reason) from error


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark shows as ASCII with a zero in every second byte."""
    sample = data[: SAMPLE_BYTES // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(even, odd) < len(sample) * 0.3 or min(even, odd) > 0:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _as_declared(data: bytes, charset: str) -> str | None:
    """The text under the charset a page declares, None where that does not fit at all."""
    # Browsers read pages that say Latin-1 as Windows-1252 (WHATWG Encoding Standard, 4.2), and
    # those that say EUC-KR as its superset.
    alias = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
    alias |= {"euc-kr": "cp949", "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030"}
    try:
        text = data.decode(alias.get(charset.lower(), charset), "replace")
    except (LookupError, ValueError):
        return None
    return text if _is_nearly_whole(text) else None


def _is_nearly_whole(text: str) -> bool:
    """Whether many more characters beyond ASCII are whole than broken."""
    broken = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) - broken >= 4 * broken


def _guessed(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    """The text under the encoding that the detector and common sense agree on."""
    if _is_nearly_whole(text := data.decode(errors="replace")):
        return text
    if encoding := _likely_encoding(_sample(data, error.start)):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    if text.count("\ufffd") <= MOST_BROKEN * len(text):
        return text
    raise UnreadableSource(name, UNSURE) from error


def _sample(data: bytes, first: int) -> bytes:
    """A stretch around the first byte beyond ASCII, cut at white space, never in a character."""
    if len(data) <= SAMPLE_BYTES:
        return data
    start = max(data.rfind(b"\n", 0, first), data.rfind(b" ", 0, first), first - SAMPLE_BYTES, 0)
    stretch = data[start : start + SAMPLE_BYTES]
    cut = max(stretch.rfind(b"\n"), stretch.rfind(b" "))
    return stretch[:cut] if cut > 0 else stretch


def _likely_encoding(sample: bytes) -> str | None:
    # Thirty milliseconds to import, and most files are UTF-8.
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=[*SINGLE_BYTE, *MULTI_BYTE]))
    if not matches:
        return None
    best = matches[0]
    latin = [match for match in matches if match.encoding in LATIN]
    foreign = len(sample.translate(None, bytes(range(0x80))))
    if foreign < FOREIGN_SHARE * len(sample) and latin and latin[0].chaos <= best.chaos + 0.02:
        # The detector takes English with £ or ï for Windows-1250: only a language that needs
        # letters beyond Western Europe's is a reason to leave Windows-1252.
        beyond = latin[0].language in BEYOND_WESTERN and latin[0].coherence > 0.2
        return str(latin[0].encoding) if beyond else "cp1252"
    # A single Russian word can be three Korean syllables; sentences cannot.
    sure = foreign >= 24 if best.encoding in MULTI_BYTE else best.coherence > 0.1
    return str(best.encoding) if sure and best.encoding not in LATIN else None
