"""ZIP files are opened with care: what they claim, hide and unfold to is limited."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from retrieval.errors import UnreadableSource
from retrieval.reading.sources import in_megabytes

MOST_MEMBERS = 2000
MOST_UNPACKED = 500_000_000
# Text of one letter over and over packs a thousandfold; articles pack tenfold.
HIGHEST_RATIO = 250
RATIO_MATTERS = 5_000_000

DAMAGED = (
    "this is damaged or was not downloaded whole; get it again, or open it and save it anew, and"
    " add that."
)
BOMB = "this is packed to unfold without end; it is not read."
ENCRYPTED = "this is locked with a password; unpack it with the password and add the files."

ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
)
"""What zipfile and zlib raise over damaged files."""


def opened(data: bytes, name: str) -> zipfile.ZipFile:
    """A ZIP file whose directory is believable. Raises UnreadableSource for any other."""
    if data.count(b"PK\x01\x02") > 2 * MOST_MEMBERS:
        raise UnreadableSource(name, _too_many())
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error
    members = file.infolist()
    if len(members) > MOST_MEMBERS:
        raise UnreadableSource(name, _too_many())
    if _overlaps(members, len(data)):
        raise UnreadableSource(name, BOMB)
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED:
        raise UnreadableSource(
            name,
            f"this unpacks to more than {in_megabytes(MOST_UNPACKED)}; unpack it and add the files"
            " that matter.",
        )
    return file


def unpacked(file: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, most: int) -> bytes:
    """The bytes of a member, which may be `most` bytes. Raises UnreadableSource about `name`."""
    if member.flag_bits & 1:
        raise UnreadableSource(name, ENCRYPTED)
    if member.file_size > most:
        raise UnreadableSource(name, f"this is larger than {in_megabytes(most)}; split it.")
    ratio = member.file_size / max(1, member.compress_size)
    if member.file_size > RATIO_MATTERS and ratio > HIGHEST_RATIO:
        raise UnreadableSource(name, BOMB)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableSource(
            name, "this is packed in an unusual way; unpack it and add the files."
        )
    try:
        with file.open(member) as stream:
            data = stream.read(most + 1)
    except ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error
    if len(data) > most:
        raise UnreadableSource(name, BOMB)
    return data


def part(file: zipfile.ZipFile, path: str, name: str, most: int = 50_000_000) -> bytes:
    """A member of an office document or book, by its path; empty if there is none."""
    try:
        member = file.getinfo(path)
    except KeyError:
        return b""
    return unpacked(file, member, name, most)


def _overlaps(members: list[zipfile.ZipInfo], size: int) -> bool:
    """Whether members share bytes, as they do in a bomb (D. Fifield, "A better zip bomb", 2019)."""
    order = sorted(members, key=lambda member: member.header_offset)
    ends = [one.header_offset + 30 + one.compress_size for one in order]
    begins = [*(one.header_offset for one in order[1:]), size][: len(ends)]
    return any(end > begin for end, begin in zip(ends, begins, strict=True))


def _too_many() -> str:
    return f"this holds more than {MOST_MEMBERS:,} files; unpack it and add the folder."
