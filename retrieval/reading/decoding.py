"""Bytes become text here: byte-order marks, UTF-8, a declared charset, then a careful guess."""

from __future__ import annotations

import codecs
import re

from retrieval.errors import UnreadableSource

# The longer marks first: the mark of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)

MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a media file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)

NOT_TEXT = "save it as text, web page, Markdown or JSON Lines and add that file."
UNSURE = (
    "its character encoding cannot be told with confidence; save it as UTF-8, for instance with"
    " `iconv -f YOUR-ENCODING -t UTF-8`."
)

SAMPLE_BYTES = 300_000
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
    """The text that bytes spell; bytes that are no text, or no sure text, are refused."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name)
    for magic, kind in MAGIC:
        if data.startswith(magic):
            raise UnreadableSource(name, f"this is {kind}, not text; {NOT_TEXT}")
    if b"\0" in data[:SAMPLE_BYTES] and (wide := _unmarked_utf16(data)):
        return _strictly(data, wide, name)
    if b"\0" in data or len(data) - len(data.translate(None, CONTROLS)) > len(data) / 100:
        raise UnreadableSource(name, f"this is a binary file, not text; {NOT_TEXT}")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if declared and (text := _as_declared(data, declared)) is not None:
            return text
        return _guessed(data, name, error)


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
    """The text under the charset a page declares, None where that does not fit."""
    # Browsers read pages that say Latin-1 as Windows-1252 (WHATWG Encoding Standard, 4.2), and
    # those that say EUC-KR as its superset.
    alias = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
    alias |= {"euc-kr": "cp949", "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030"}
    try:
        return data.decode(alias.get(charset.lower(), charset))
    except (LookupError, ValueError):
        return None


def _guessed(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    """The text under the encoding that the detector and common sense agree on."""
    sample = _sample(data, error.start)
    if _nearly_utf8(sample):
        reason = f"this is UTF-8 with a damaged character near byte {error.start + 1:,}; repair it"
        raise UnreadableSource(name, f"{reason}, for instance with `iconv -c -t UTF-8`.") from error
    encoding = _likely_encoding(sample)
    try:
        if encoding is None:
            raise UnreadableSource(name, UNSURE) from error
        return data.decode(encoding)
    except UnicodeDecodeError as failed:
        raise UnreadableSource(name, UNSURE) from failed


def _sample(data: bytes, first: int) -> bytes:
    """A stretch around the first telling byte, cut at line ends or spaces, never in a character."""
    if len(data) <= SAMPLE_BYTES:
        return data
    start = max(data.rfind(b"\n", 0, first), data.rfind(b" ", 0, first), first - SAMPLE_BYTES, 0)
    stretch = data[start : start + SAMPLE_BYTES]
    cut = max(stretch.rfind(b"\n"), stretch.rfind(b" "))
    return stretch[:cut] if cut > 0 else stretch


def _nearly_utf8(sample: bytes) -> bool:
    """Many whole multi-byte characters and few broken ones are UTF-8 with a wound."""
    text = sample.decode(errors="replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text if character > "\x7f") - broken
    return whole > 4 * broken


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
