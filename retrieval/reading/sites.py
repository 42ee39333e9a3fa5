"""The name of the publisher: what the page calls itself, the bare domain where nothing tells."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_DOMAIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_NO_NAME = re.compile(
    r"(?:my\s)?(?:web\s?site|blog|home(?:\s?page)?|site|wordpress(?:\.com)?|medium|untitled|news"
    r"|null|undefined|default|welcome|\W*|\d+)",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:(?:©|\(c\)|&copy;|copyright\b)[\s:]*)+(?:by\s)?"
    r"(?:(?:19|20)\d\d(?:\s?[-–/,]\s?(?:(?:19|20)?\d\d|present))?[\s,.:·|-]*)?(?:by\s)?"
    r"(?P<owner>[^\W\d_][^.|©•·<>\d]{1,60}?)"
    r"(?=\s*(?:[.|•·©,]|[-–—]\s|(?:19|20)\d\d|all\srights|alle\srechte|todos\slos|tous\sdroits|$))",
    re.IGNORECASE,
)
_LEGAL = re.compile(r",?\s(?:Inc|LLC|Ltd|GmbH|AG|S\.?A|Co|Corp|Limited|plc)\.?$")


def best_name(told: list[str]) -> str | None:
    """The first real name among what a page tells, else a name that is a domain."""
    names = [name for one in told if (name := cleaned(one))]
    real = [name for name in names if not _DOMAIN.fullmatch(name)]
    return next(iter([*real, *(re.sub(r"^(?i:www\.)", "", name) for name in names)]), None)


def cleaned(name: str) -> str | None:
    """A name on one line; None for handles, links, and words that name no site."""
    name = " ".join(name.split()).strip("|·-–— ")
    if not 2 <= len(name) <= 80 or _NO_NAME.fullmatch(name) or "://" in name or name[0] == "@":
        return None
    return name


def in_rights(line: str) -> str | None:
    """Who holds the rights, as the foot of a page says: `© 2024 The Harbour Post`."""
    if len(line) > 400 or (match := _RIGHTS.search(line)) is None:
        return None
    # "Copyright law was changed" names nobody.
    owner = match["owner"].strip(" ,")
    return None if owner[:1].islower() else cleaned(_LEGAL.sub("", owner))


def domain(url: str | None) -> str | None:
    """The domain of an address."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return _bare(host) if host else None


def _bare(host: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\d?\.|m\.|amp\.)?", "", host.lower()).split("/")[0]
