"""Titles and authors as programs write them into documents, where they are more than a default."""

from __future__ import annotations

import re

from retrieval.reading import bylines, casing

LONGEST = 300

_PROGRAM = re.compile(r"^(?:Microsoft (?:Office )?(?:Word|PowerPoint|Excel)|Pages|Writer) - ", re.I)
_FILE_NAME = re.compile(
    r"\S*\.(?:docx?|odt|rtf|pdf|indd|qxd|qxp|tex|dvi|ps|pptx?|xlsx?|html?|pmd|p65|ai|eps|tif+|jpe?g)$"
    r"|https?://\S+|file:\S+",
    re.I,
)
_NO_TITLE = re.compile(
    r"untitled.*|no title|title|document\d*|docume?nt?\s?\d*|dokument\s?\d*|word document|pdf"
    r"|powerpoint presentation|slide \d+|layout \d+|page \d+|print|doc\d*|about:blank|new document"
    r"|\(?unspecified\)?|unknown|null|none|n/a|temp(?:late)?|default|article|scan(?:ned)?.{0,20}",
    re.I,
)
_NO_AUTHOR = re.compile(
    r"(?:microsoft )?(?:office )?user|windows[ -]?user|user\d*|utente.*|utilisateur.*|benutzer.*"
    r"|usuario.*|admin(?:istrator|istrador|istrateur)?|owner|root|guest|default|author|anonymous"
    r"|unknown|\(?unspecified\)?|none|null|n/a|test|template|customer|client|staff|editor|pc|hp|dell|acer|asus"
    r"|lenovo|toshiba|sony|(?:microsoft|adobe|libreoffice|openoffice|calibre|latex|python-docx)\b.*"
    r"|.*\b(?:corporation|software|indesign|acrobat|quark)\b.*",
    re.I,
)


def title(given: str | None) -> str | None:
    """A title, unless it is the name of a file or what a program puts for none."""
    words = _PROGRAM.sub("", _words(given)).strip()
    letters = sum(character.isalpha() for character in words)
    if letters < 3 or len(words) > LONGEST or _FILE_NAME.fullmatch(words.replace(" ", "")):
        return None
    return None if _NO_TITLE.fullmatch(words) else words


def author(given: str | None) -> str | None:
    """The names of people, in ordinary casing; no name of a computer's owner or a program."""
    names = [_name(part) for part in re.split(r"\s*;\s*", _words(given))]
    return bylines.listed([name for name in names if name]) or None


def _name(given: str) -> str | None:
    words = bylines.without_by(given).strip(" ,")
    last, comma, first = words.partition(", ")
    if comma and " " not in last and first.count(" ") < 2 and "," not in first:
        words = f"{first} {last}"
    words = casing.of_names(words)
    letters = sum(character.isalpha() for character in words)
    if letters < 2 or len(words) > 100 or "\\" in words or "@" in words or "_" in words:
        return None
    # "jsmith" is the name of an account.
    account = " " not in words and (words.islower() or any(one.isdigit() for one in words))
    return None if account or _NO_AUTHOR.fullmatch(words) else words


def _words(given: str | None) -> str:
    return " ".join((given or "").replace("\0", "").split())
