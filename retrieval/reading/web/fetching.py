"""A link becomes bytes: politely, within limits, and from public addresses only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server gave for a link.

    `url` is the address after all redirects; `moved_to` is set where every redirect on the way was
    permanent. `unchanged` means that the server said 304 and `content` is empty. `charset` is that
    of the Content-Type header, if it names one.
    """

    url: str
    content: bytes
    content_type: str
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None
    moved_to: str | None = None
    unchanged: bool = False
