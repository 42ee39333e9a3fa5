"""ZIP files and the XML in them; what they claim is limited."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.sources import html_tree
from retrieval.sources.source import in_megabytes

MOST_BYTES = 50_000_000
MOST_MEMBERS = 2000

DAMAGED = (
    "this is damaged, locked with a password, or made to do harm; open it, save it as a new file"
    " without a password, and add that."
)
TOO_MUCH = (
    f"this holds more than {MOST_MEMBERS:,} files, or one of more than {in_megabytes(MOST_BYTES)};"
    " unpack it, split what is large, and add the folder."
)

# What zipfile and zlib raise over damaged and locked files.
ERRORS = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError)


def opened(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a ZIP file. Raises UnreadableSource for one that is damaged or too full."""
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error
    if len(file.infolist()) > MOST_MEMBERS:
        raise UnreadableSource(name, TOO_MUCH)
    return file


def unpacked(file: zipfile.ZipFile, member: zipfile.ZipInfo | None, name: str) -> bytes:
    """Return the bytes of a member; empty for none.

    Raises UnreadableSource if it is locked, large or damaged.
    """
    if member and member.file_size > MOST_BYTES:
        raise UnreadableSource(name, TOO_MUCH)
    try:
        return file.read(member) if member else b""  # never more than it claims
    except ERRORS as error:
        raise UnreadableSource(name, DAMAGED) from error


def xml(file: zipfile.ZipFile, path: str, name: str) -> Any:
    """Return the root of an XML part without namespaces and comments; an empty one for none.

    Raises UnreadableSource if it is broken. Nothing is fetched; lxml limits what entities add.
    """
    from lxml import etree

    parser = etree.XMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        content = unpacked(file, file.NameToInfo.get(path), name)
        root = etree.fromstring(content or b"<none/>", parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource(name, DAMAGED) from error
    for element in root.iter():
        element.tag = etree.QName(element).localname
        for key, value in element.attrib.items():
            if key.startswith("{"):
                element.set(etree.QName(key).localname, value)
    return root


def first_words(root: Any, *names: str) -> str | None:
    """Return the words of the first element that has any, of the first of these names."""
    words = (html_tree.words(element) for name in names for element in root.iter(name))
    return next(filter(None, words), None)
