"""ZIP files are opened with care: what they claim and unfold to is limited."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from retrieval.errors import UnreadableSource
from retrieval.reading.sources import in_megabytes

MOST_BYTES = 50_000_000
MOST_MEMBERS = 2000
# Text of one letter over and over packs a thousandfold; articles pack tenfold.
HIGHEST_RATIO = 250
RATIO_MATTERS = 5_000_000

DAMAGED = (
    "this is damaged or was not downloaded whole; get it again, or open it and save it anew, and"
    " add that."
)
BOMB = "this is packed to unfold without end; it is not read."
ENCRYPTED = "this is locked with a password; unpack it with the password and add the files."
TOO_MANY = f"this holds more than {MOST_MEMBERS:,} files; unpack it and add the folder."

# What zipfile and zlib raise over damaged files.
_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
)


def opened(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a ZIP file. Raises UnreadableSource for one that is damaged, too full, or a bomb."""
    if data.count(b"PK\x01\x02") > 2 * MOST_MEMBERS:
        raise UnreadableSource(name, TOO_MANY)
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except _ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error
    members = sorted(file.infolist(), key=lambda member: member.header_offset)
    if len(members) > MOST_MEMBERS:
        raise UnreadableSource(name, TOO_MANY)
    # Members that share bytes make a bomb (D. Fifield, "A better zip bomb", 2019).
    begins = [*(member.header_offset for member in members[1:]), len(data)]
    ends = (member.header_offset + 30 + member.compress_size for member in members)
    if any(end > begin for end, begin in zip(ends, begins, strict=False)):
        raise UnreadableSource(name, BOMB)
    return file


def unpacked(
    file: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, most: int = MOST_BYTES
) -> bytes:
    """Return the bytes of a member. Raises UnreadableSource if it is not to be had."""
    if member.flag_bits & 1:
        raise UnreadableSource(name, ENCRYPTED)
    if member.file_size > most:
        raise UnreadableSource(name, f"this is larger than {in_megabytes(most)}; split it.")
    ratio = member.file_size / max(1, member.compress_size)
    if member.file_size > RATIO_MATTERS and ratio > HIGHEST_RATIO:
        raise UnreadableSource(name, BOMB)
    try:
        with file.open(member) as stream:
            data = stream.read(most + 1)
    except _ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error
    if len(data) > most:
        raise UnreadableSource(name, BOMB)
    return data


def part(file: zipfile.ZipFile, path: str, name: str) -> bytes:
    """Return a member of an office document or book by its path; empty if there is none."""
    return unpacked(file, file.getinfo(path), name) if path in file.NameToInfo else b""
