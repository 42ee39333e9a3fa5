"""Whether the link of a quote leads to its article, and marks its words there and no others."""

from __future__ import annotations

from urllib.parse import unquote

from retrieval.records import Article, Span

BEFORE = 2_000  # characters before a quote in which the words stand that its link may name


def fault(link: object, article: Article, told: Span) -> str | None:
    """What is wrong with the link to what is told in an article, a sentence; None if nothing is."""
    if link is None:
        return None
    page, _, directive = link.partition(":~:") if isinstance(link, str) else ("", "", "")
    own = (article.url or "").partition(":~:")[0]
    if not own or page.rstrip("#") != own.rstrip("#"):
        return "The link leads to another page than the article's."
    if directive and not _marks(directive, article.text, told):
        return "The link marks other words than the quote's."
    return None


def _marks(directive: str, text: str, told: Span) -> bool:
    """Whether a text directive names what is told: whole or by its ends, and what stands before.

    See the WICG's URL Fragment Text Directives: `text=before-,start,end`.
    """
    name, _, value = directive.partition("=")
    parts = value.split(",")
    before = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    ends = [unquote(part) for part in parts]
    said = " ".join(text[slice(*told)].split())
    return (
        name == "text"
        and len(ends) in (1, 2)
        and all(ends)
        and said.startswith(ends[0])
        and said.endswith(ends[-1])
        and " ".join(text[: told.start][-BEFORE:].split()).endswith(before)
    )
