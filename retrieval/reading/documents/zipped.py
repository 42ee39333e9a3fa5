"""ZIP files and the XML in them: what they claim is limited, entities are refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import trees
from retrieval.reading.sources import in_megabytes

MOST_BYTES = 50_000_000
MOST_MEMBERS = 2000

DAMAGED = (
    "this is damaged or was not downloaded whole; get it again, or open it and save it anew, and"
    " add that."
)
ENCRYPTED = "this is locked with a password; unpack it with the password and add the files."
TOO_MANY = f"this holds more than {MOST_MEMBERS:,} files; unpack it and add the folder."
ENTITIES = (
    "this defines abbreviations (XML entities) of its own, as no office program does and files"
    " made to do harm do; it is not read."
)

# What zipfile and zlib raise over damaged files.
_ERRORS = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError)


def opened(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a ZIP file. Raises UnreadableSource for one that is damaged or too full."""
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except _ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error
    if len(file.infolist()) > MOST_MEMBERS:
        raise UnreadableSource(name, TOO_MANY)
    return file


def unpacked(file: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """Return the bytes of a member. Raises UnreadableSource if it is not to be had."""
    if member.flag_bits & 1:
        raise UnreadableSource(name, ENCRYPTED)
    if member.file_size > MOST_BYTES:
        raise UnreadableSource(name, f"this is larger than {in_megabytes(MOST_BYTES)}; split it.")
    try:
        return file.read(member)  # never more than it claims
    except _ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error


def part(file: zipfile.ZipFile, path: str, name: str) -> bytes:
    """Return a member of an office document or book by its path; empty if there is none."""
    return unpacked(file, file.getinfo(path), name) if path in file.NameToInfo else b""


def xml(file: zipfile.ZipFile, path: str, name: str) -> Any | None:
    """Return the root of an XML part; None if there is none.

    Raises UnreadableSource if it is broken or has entities. Nothing is fetched.
    """
    from lxml import etree

    if not (content := part(file, path, name)):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource(name, DAMAGED) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableSource(name, ENTITIES)
    return root


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """Return an attribute by its name without namespace; empty if there is none."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))


def texts(root: Any | None, *names: str) -> Iterator[str]:
    """Yield what stands in all elements with these names, whatever their namespace."""
    if root is not None:
        yield from filter(None, map(trees.words, root.iter(*(f"{{*}}{name}" for name in names))))
