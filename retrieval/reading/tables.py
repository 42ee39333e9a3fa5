"""A table as lines in which each cell stands with the names of its row and column."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from retrieval.reading.trees import words

MOST_COLUMNS = 50
LONGEST_CELL = 200  # characters; a longer cell is a box of a page that a table lays out


def as_lines(rows: list[list[str]], *, has_names: bool) -> list[str]:
    """Return a line for each row, such as "Blue Peter, load: 14 tonnes".

    With `has_names` the first row names the columns.
    """
    names = rows[0] if has_names and len(rows) > 1 else []
    heads = ["", *(name.rstrip(" :") for name in names[1:])]
    lines = []
    for cells in (row[:MOST_COLUMNS] for row in rows if row != names):
        pairs = zip_longest(heads, cells, fillvalue="")
        named = [f"{head}: {cell}" if head else cell for head, cell in pairs if cell]
        lines.append(", ".join(named))
    return [line for line in lines if line]


def write_out(tree: Any) -> None:
    """Change a tree: rows of tables become paragraphs; tables that lay out the page, boxes."""
    for table in reversed(list(tree.iter("table"))):
        rows = list(table.iter("tr"))
        texts = [[words(cell) for cell in row.iter("td", "th")] for row in rows]
        if _lays_out(table, texts):
            for element in table.iter("table", "tbody", "thead", "tfoot", "tr", "td", "th"):
                element.tag = "div"
            continue
        names_columns = rows[0].find("td") is None or rows[0].getparent().tag == "thead"
        has_names = len(texts[0]) > 1 and names_columns
        captions = [words(one) for one in table.iter("caption")][:1]
        table.clear(keep_tail=True)
        table.tag = "div"
        for line in [*filter(None, captions), *as_lines(texts, has_names=has_names)]:
            paragraph = table.makeelement("p")
            paragraph.text = line
            table.append(paragraph)


def _lays_out(table: Any, texts: list[list[str]]) -> bool:
    widest = max(map(len, texts), default=0)
    longest = max((len(cell) for row in texts for cell in row), default=0)
    return (
        not (1 < widest <= MOST_COLUMNS and len(texts) > 1 and longest <= LONGEST_CELL)
        or next(table.iter("h1", "form", "article"), None) is not None
        or table.get("role") == "presentation"
    )
