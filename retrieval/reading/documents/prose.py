"""The paragraphs and properties of a document become a draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from retrieval.reading import bylines, header
from retrieval.reading.drafts import Draft
from retrieval.reading.header import Facts
from retrieval.reading.lines import ends_sentence

LONGEST_TITLE = 250  # characters
LONGEST_HEADING = 150
# Title, authors and day stand in so many paragraphs at most, above the first of so many characters.
HEADER_REACH = 8
SHORTEST_PROSE = 100

_NO_HEADING_ENDS = (".", "。", ":", ",", ";")

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
    r"(?:microsoft |windows[ -]?)?(?:office )?user\d*|(?:utente|benutzer|usuario|utilisateur)\b.*"
    r"|admin.*|owner|root|guest|default|(?:the )?author|anonymous|\(?un(?:known|specified)\)?"
    r"|none|null|n/a|(?:microsoft|adobe|libreoffice|openoffice|calibre|latex|python-docx)\b.*"
    r"|.*\b(?:corporation|software|indesign|acrobat|quark)\b.*",
    re.I,
)


def draft(
    paragraphs: Sequence[str], today: date, *, title: str | None = None, author: str | None = None
) -> Draft:
    """Return a draft of paragraphs, of which those about the article itself are left out."""
    kept, facts = parted(paragraphs, today, title)
    return Draft(
        "\n\n".join(paragraphs[place] for place in kept),
        title=title or facts.title,
        source=facts.source,
        author=facts.author or author,
        published=facts.published or facts.dated,
    )


def parted(paragraphs: Sequence[str], today: date, title: str | None) -> tuple[list[int], Facts]:
    """Return which paragraphs are prose, and what those at the head tell of the article."""
    facts, metadata = Facts(title=title), set()
    for place, words in enumerate(paragraphs[:HEADER_REACH]):
        if len(words) >= SHORTEST_PROSE and ends_sentence([words]):
            break
        is_short = len(words) <= LONGEST_HEADING
        if title is None and place == 0 and is_short and not words.endswith(_NO_HEADING_ENDS):
            facts = Facts(title=words)
        elif words != title:
            found = header.facts_in(words, today)
            if found is None:
                continue
            facts = facts.or_else(found)
        metadata.add(place)
    kept = [place for place in range(len(paragraphs)) if place not in metadata]
    return kept or list(range(len(paragraphs))), facts


def title(given: str | None) -> str | None:
    """Return a title from a document's properties; None for what a program puts for none."""
    words = _PROGRAM.sub("", " ".join((given or "").replace("\0", "").split())).strip()
    letters = sum(character.isalpha() for character in words)
    short = letters >= 3 and len(words) <= LONGEST_TITLE
    return words if short and not _NO_TITLE.fullmatch(words) else None


def author(given: str | None) -> str | None:
    """Return the names of people from a document's properties, not those of accounts."""
    words = " ".join((given or "").replace("\0", "").split())
    names = [_name(part) for part in re.split(r"\s*;\s*", words)]
    return bylines.listed([name for name in names if name]) or None


def _name(given: str) -> str | None:
    words = bylines.without_by(given).strip(" ,")
    last, comma, first = words.partition(", ")
    if comma and " " not in last and first.count(" ") < 2 and "," not in first:
        words = f"{first} {last}"
    words = bylines.in_ordinary_case(words)
    if sum(map(str.isalpha, words)) < 2 or len(words) > 100 or re.search(r"[\\@_]", words):
        return None
    account = " " not in words and (words.islower() or re.search(r"\d", words))  # "jsmith"
    return None if account or _NO_AUTHOR.fullmatch(words) else words
