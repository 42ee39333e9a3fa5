"""An article in three paragraphs and quotes from it, for the tests of how they are shown."""

from dataclasses import replace
from datetime import UTC, date, datetime

from retrieval import Article, Quote, StoredArticle
from retrieval.records import Span

FIRST = "The ferry leaves at six."
SECOND = "A ticket costs four crowns."
THIRD = "Dogs ride free."
PIER = Article(
    id="pier",
    title="Pier opens",
    text=f"{FIRST}\n\n{SECOND}\n\n{THIRD}",
    url="https://post.example/pier",
    source="The Kelm Post",
    author="Ada Fenn",
    published=date(2018, 10, 8),
    origin="/news/pier.txt",
)
NOTE = Article(id="note", title="A note", text="Two swans nest by the lock.")
WHEN = datetime(2026, 11, 1, 9, 5, 7, tzinfo=UTC)
PARAGRAPHS = (Span(0, 24), Span(26, 53), Span(55, 70))
KEPT = StoredArticle(PIER, "main", WHEN, PARAGRAPHS)


def quote(text: str = SECOND, article: Article = PIER, **fields: object) -> Quote:
    """A quote from its second paragraph, or of all of another article, if nothing else is said."""
    start, end = (26, 53) if article.text == PIER.text else (0, len(article.text))
    values = {"paragraph": 2, "start": start, "end": end, "score": 0.9} | fields
    return Quote(text=text, article=article, **values)


RECORD = Article(
    id="record",
    title="Pier prices",
    text="For the ferry, five crowns are asked.",
    url="https://record.example/pier",
    source="Valley <Record>",
    published=date(2018, 10, 9),
)
FOUR = quote("four crowns", start=41, end=52)
FIVE = Quote("five crowns", RECORD, 1, 15, 26, 0.5)
REPORT = Quote(RECORD.text, RECORD, 1, 0, len(RECORD.text), 0.5)
NOTED = Quote(NOTE.text, NOTE, 1, 0, len(NOTE.text), 0.5)
TESK = replace(PIER, id="tesk", source="Tesk Valley Record", url="https://tesk.example/pier")
