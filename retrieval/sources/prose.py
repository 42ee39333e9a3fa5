"""The HTML and the properties of a document become paragraphs, and these a draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from retrieval.sources import bylines, header, lines, tables, trees
from retrieval.sources.drafts import Draft
from retrieval.sources.header import Facts

LONGEST_TITLE = 250  # characters
LONGEST_HEADING = 150
# Title, authors and day stand in so many paragraphs at most, above the first of so many characters.
HEADER_REACH = 8
SHORTEST_PROSE = 100

# What programs put for a title or an author by themselves.
_PROGRAM = re.compile(r"^(?:Microsoft (?:Office )?(?:Word|PowerPoint|Excel)|Pages|Writer) - ", re.I)
_NO_TITLE = re.compile(
    r"untitled.*|(?:no )?title|(?:new |word )?do[ck]ument\s?\d*|(?:slide|layout|page) \d+|print"
    r"|about:blank|\(?un(?:known|specified)\)?|null|none|n/a|temp(?:late)?|scan(?:ned)?.{0,20}"
    # Names of files and links.
    r"|\S*\.[a-z]{2,5}\d?|(?:https?://|file:)\S+|(?=\S*[_\d])\S+",
    re.I,
)
_NO_AUTHOR = re.compile(
    r"[\\@_\d]|^(?-i:[a-z-]+)$|\b(?:user|utente|benutzer|usuario|utilisateur|owner|default|microsoft"
    r"|adobe|libreoffice|openoffice|calibre|latex|corporation|software|indesign|acrobat|quark)\b",
    re.I,
)
_NO_TEXT = (
    "script style head title nav svg math template noscript object iframe form button select"
    " textarea audio video"
).split()


def paragraphs(root: Any, *without: str) -> list[str]:
    """Return the paragraphs and table rows of an HTML tree, which is changed."""
    trees.put_right(root)
    for element in list(root.iter(*_NO_TEXT, *without)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()
    tables.write_out(root)
    return trees.paragraphs(root)


def draft(
    paragraphs: Sequence[str], today: date, *, title: str | None = None, author: str | None = None
) -> Draft:
    """Return a draft of paragraphs, of which those about the article itself are left out."""
    facts, body = Facts(title=title), list(paragraphs)
    for place, words in enumerate(paragraphs[:HEADER_REACH]):
        if len(words) >= SHORTEST_PROSE and lines.ends_sentence([words]):
            break
        stated = header.facts_in(words, today) if words != title else Facts()
        may_be_title = title is None and place == 0 and len(words) <= LONGEST_HEADING
        if may_be_title and not words.endswith((".", "。", ":", ",", ";")):
            stated = Facts(title=words)
        if stated:
            facts = facts.or_else(stated)
            body.remove(words)
    return Draft(
        "\n\n".join(body or paragraphs),
        title=facts.title,
        source=facts.source,
        author=facts.author or author,
        published=facts.published or facts.dated,
    )


def title(given: str | None) -> str | None:
    """Return a title from a document's properties; None for what a program puts there itself."""
    words = _PROGRAM.sub("", " ".join((given or "").replace("\0", "").split()))
    letters = sum(character.isalpha() for character in words)
    has_length = letters >= 3 and len(words) <= LONGEST_TITLE
    return words if has_length and not _NO_TITLE.fullmatch(words) else None


def author(given: str | None) -> str | None:
    """Return the names of people from a document's properties, not those of accounts."""
    names = bylines.names([" ".join((given or "").replace("\0", "").split())])
    return bylines.listed([name for name in names if not _NO_AUTHOR.search(name)]) or None
