"""Whether a page is an article at all."""

from retrieval.reading.pagelines import Line
from retrieval.reading.pagemeta import PageMeta


def why_no_article(seen: list[Line], paragraphs: list[str], meta: PageMeta) -> str | None:
    return None
