"""Authors as pages give them to machines become names: one string may hold several, or none."""

from __future__ import annotations

import re

from retrieval.reading import bylines, casing

LONGEST = 300
MOST_NAMES = 8

_LINK = re.compile(r"(?:https?:)?//\S+|\bwww\.\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?:\bon\s+(?:X|Twitter)\s*:?\s*)?(?<![\w.])@[\w.]{2,40}")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]")
_BETWEEN = re.compile(
    r"\s*[;、،|•·]\s*|\s*(?:,\s*(?:and\s|&\s)?|\sand\s|\s&\s|\swith\s)\s*", re.IGNORECASE
)
# Words that also stand inside names, as in Ortega y Gasset; whole names must stand around them.
_BETWEEN_WHOLE = re.compile(r"(?<=\w)\s+(?:y|e|i|und|et|en|og|och|и|та|و)\s+(?=\w)", re.IGNORECASE)
# Libraries write "Doe, Jane" and "de la Cruz, Juan"; in lists also "Doe, Jane Ann".
_LAST = rf"(?:{casing.PARTICLE}\s){{0,2}}[^\W\d_][\w'’-]+"
_INVERTED = re.compile(rf"({_LAST}), ([^\W\d_][\w'’-]+(?: [^\W\d_]\.){{0,2}})")
_INVERTED_LISTED = re.compile(rf"({_LAST}), ((?:[^\W\d_][\w'’-]*\.?\s?){{1,3}})")
_BETWEEN_INVERTED = re.compile(r"\s*;\s*(?:and\s|&\s)?|\s(?:and|&)\s", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:site\s)?admin(?:istrator)?|editors?|editorial(?:\s(?:team|staff|board|desk))?|staff|root"
    r"|news(?:room|desk|\sdesk|\sstaff|\steam)?|web\s?(?:master|editor|desk)|(?:online\s)?desk|user"
    r"|unknown|anonymous|none|null|undefined|n/?a|guest|author|contributors?|redaktion|redaktor"
    r"|redacci[oó]n|la\sr[ée]daction|r[ée]daction|redazione|redactie|редакция|编辑|編輯|편집국|編集部"
    r"|(?:by\s)?(?:our\s)?(?:own\s)?(?:staff\s)?(?:reporters?|correspondents?|writers?)|\W*",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:agency|times|post|news|herald|press|desk|team|staff|office|council|company|inc|ltd|gmbh"
    r"|group|media|network|institute|university|commission|association|redaktion|redacción)\b\.?",
    re.IGNORECASE,
)


def names(told: list[str], publisher: str | None = None) -> list[str]:
    """The people, else the organisations, that some strings name, each once and in order.

    The publisher is no author of its own articles: a source line names it anyway.
    """
    found: list[str] = []
    for written in told:
        found += [name for name in _names_in(written) if not _same(name, publisher)]
    found = [name for place, name in enumerate(found) if not _said(name, found[:place])]
    people = [name for name in found if not _is_organisation(name)]
    return (people or found)[:MOST_NAMES]


def listed(told: list[str], publisher: str | None = None) -> str | None:
    """The names in some strings as a source line lists them."""
    return bylines.listed(names(told, publisher)) or None


def _names_in(written: str) -> list[str]:
    if len(written) > LONGEST:
        return []
    bare = _HANDLE.sub(" ", bylines.without_email(_LINK.sub(" ", written)))
    bare = " ".join(_BRACKETS.sub(" ", bare).split()).strip(" ,;:|-–—")
    if not bare or _NOBODY.fullmatch(bare):
        return []
    inverted = _inverted(bare) or _inverted(bylines.without_by(bare))
    return inverted or [name for whole in _whole_names(bare) for name in _signed(whole)]


def _inverted(bare: str) -> list[str]:
    """The names of those whose last names all stand first; none where one does not."""
    parts = _BETWEEN_INVERTED.split(bare)
    form = _INVERTED if len(parts) == 1 else _INVERTED_LISTED
    turned = []
    for part in parts:
        match = form.fullmatch(part)
        if not match or not all(map(_may_be_name, match.groups())):
            return []
        if any(map(bylines.is_outlet, match.groups())):
            return []
        turned.append(casing.of_names(f"{match[2].strip()} {match[1]}"))
    return turned


def _signed(bare: str) -> list[str]:
    """The names in what may be a byline, or a byline without its "By"."""
    if byline := bylines.parsed(bare) or bylines.parsed(f"By {bare}"):
        if byline.author:
            return re.split(r", | and ", byline.author)
        return [byline.source] if byline.source else []
    parts = _BETWEEN.split(bylines.without_by(bare))
    return [casing.of_names(part) for part in parts if _may_be_name(part)]


def _whole_names(part: str) -> list[str]:
    """The names around an "y" or "und", if a whole name stands on each side."""
    pieces = _BETWEEN_WHOLE.split(part)
    return pieces if all(" " in piece.strip() for piece in pieces) else [part]


def _may_be_name(part: str) -> bool:
    return (
        1 < len(part) <= 80
        and any(ch.isalpha() for ch in part)
        and not bylines.is_role(part)
        and not _NOBODY.fullmatch(part)
    )


def _is_organisation(name: str) -> bool:
    return bylines.is_outlet(name) or _ORGANISATION.search(name) is not None


def _same(name: str, publisher: str | None) -> bool:
    return publisher is not None and name.casefold() == publisher.casefold()


def _said(name: str, before: list[str]) -> bool:
    return any(name.casefold() == other.casefold() for other in before)
