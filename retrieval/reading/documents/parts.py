"""What a document gives, on its way from the process that read it: drafts and refusals in JSON."""

from __future__ import annotations

from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import drafts
from retrieval.reading.drafts import Draft
from retrieval.records import Article

BROKEN = "this was not read as it should have been; open it, save it anew, and add that."


def part(draft: Draft, path: str = "", id: str | None = None) -> dict[str, Any]:
    """A draft, where in its document it stands, and the id that it has of itself."""
    return {"path": path, "id": id, **drafts.to_json(draft)}


def refusal(error: UnreadableSource) -> dict[str, Any]:
    """Why one of several articles could not be read."""
    return {"refused": error.source, "reason": error.reason}


def from_article(article: Article, *, own_id: bool) -> dict[str, Any]:
    """An article that another reader made, as a draft again."""
    draft = Draft(
        article.text,
        article.title,
        article.url,
        article.source,
        article.author,
        article.published,
        note=article.note,
    )
    return part(draft, id=article.id if own_id else None)


def result(content: Any, name: str, origin: str | None) -> Article | UnreadableSource:
    """The article or the refusal that a part is; nonsense is refused.

    An article goes by the path of its document and its path in that, so that it keeps its id when
    the document is read again.
    """
    match content:
        case {"refused": str(source), "reason": str(reason)}:
            return UnreadableSource(source, reason)
        case {"path": str(path), "id": str() | None as id}:
            place = f"{origin}!{path}" if origin and path else origin
            try:
                return drafts.article(drafts.from_json(content), origin=place, id=id)
            except ValueError:
                pass
    return UnreadableSource(name, BROKEN)
