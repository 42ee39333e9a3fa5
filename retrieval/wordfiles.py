"""The files of a word index are as tantivy wrote them, or it is not opened.

tantivy writes a checksum at the end of each file and does not look at it again: a bit that flips on
the disk would change answers, and nobody would know.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from pathlib import Path

_ENDING = struct.Struct("<II")  # how long the JSON before it is, and a number that is always this:
_MAGIC = 1337


def check(folder: Path) -> None:
    """Raise ValueError if a file of the last commit is not what was written."""
    meta = folder / "meta.json"
    if not meta.exists():
        return
    segments = json.loads(meta.read_text("utf-8"))["segments"]
    committed = {one["segment_id"].replace("-", "") for one in segments}
    for path in folder.iterdir():
        if path.name.partition(".")[0] in committed and not _is_whole(path):
            raise ValueError(f"{path} is damaged")


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        size = path.stat().st_size
        if size < _ENDING.size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as all:
            length, magic = _ENDING.unpack(all[-_ENDING.size :])
            end = size - _ENDING.size - length
            if magic != _MAGIC or end < 0:
                return False
            footer = json.loads(bytes(all[end : -_ENDING.size]))
            return bool(zlib.crc32(all[:end]) == footer["crc"])
