"""What a reader finds in one source, and the article it becomes."""

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from retrieval.records import Article, Span
from retrieval.sources import dates, header
from retrieval.text import links, segmentation

TITLE_LENGTH = 90
NO_LINK = (
    "its link was left out because it is not a complete web address; write it with http:// or"
    " https:// and add it again."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it has an id: only the text is certain."""

    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None
    pages: tuple[int, ...] = ()
    note: str | None = None


def to_json(draft: Draft | Article) -> dict[str, Any]:
    """A draft as JSON can say it, to cross from one process to another."""
    published = draft.published.isoformat() if draft.published else None
    return {**asdict(draft), "published": published}


def from_json(content: Any) -> Draft:
    """The draft in JSON of a process that is not trusted. Raises ValueError if it is none."""
    if not isinstance(content, dict) or not isinstance(content.get("text"), str):
        raise ValueError("this is not the draft of an article")
    facts: dict[str, Any] = {
        name: storable(value)
        for name, value in content.items()
        if name in Draft.__slots__ and isinstance(value, str)
    }
    facts["published"] = dates.parsed(facts.get("published", ""))
    pages = content.get("pages")
    places = pages if isinstance(pages, list) else []
    facts["pages"] = tuple(place for place in places if isinstance(place, int))
    return Draft(**facts)


def storable(text: str) -> str:
    """A text from JSON without NUL and halves of characters, which no database stores."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def article(draft: Draft, *, origin: str | None, id: str | None = None) -> Article:
    """The article of a draft, under an id that stays the same when it is read again.

    Without an id of its own an article goes by its link, else by its file, else by its text: so a
    changed file at the same path is an update, not a second article.
    """
    if draft.url is not None and not links.is_web(draft.url):
        draft = replace(draft, url=None, note=" ".join(filter(None, (draft.note, NO_LINK))))
    facts = {name: getattr(draft, name) for name in Draft.__slots__}
    facts["title"] = draft.title or title_from(draft.text)
    return Article(id or fingerprint(draft.url or origin or draft.text), origin=origin, **facts)


def fingerprint(text: str) -> str:
    """Sixteen hexadecimal digits that stand for a text: enough that nobody finds another with them.

    An article takes the place of one with its id, so that would be a way to replace a paper's.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def title_from(text: str) -> str:
    """The first sentence of a text, cut at a word where it is long."""
    line = text.lstrip()[: 4 * TITLE_LENGTH].split("\n", 1)[0]
    first = segmentation.sentences(line, Span(0, len(line)))[:1]
    sentence = " ".join(" ".join(line[start:end] for start, end in first).split())
    if len(sentence) <= TITLE_LENGTH:
        return sentence
    cut = sentence[:TITLE_LENGTH]
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:-–— ") + "…"


LONGEST_TITLE = 250  # characters

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


def given_title(given: str | None) -> str | None:
    """Return a title from a document's properties; None for what a program puts there itself."""
    words = _PROGRAM.sub("", " ".join((given or "").replace("\0", "").split()))
    letters = sum(character.isalpha() for character in words)
    has_length = letters >= 3 and len(words) <= LONGEST_TITLE
    return words if has_length and not _NO_TITLE.fullmatch(words) else None


def given_author(given: str | None) -> str | None:
    """Return the names of people from a document's properties, not those of accounts."""
    names = header.names([" ".join((given or "").replace("\0", "").split())])
    return header.listed([name for name in names if not _NO_AUTHOR.search(name)]) or None
