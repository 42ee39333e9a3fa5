"""A table as lines in which each cell stands with the names of its row and column."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from retrieval.sources.trees import words

MOST_COLUMNS = 50
LONGEST_CELL = 200  # characters; a longer cell is a box of a page that a table lays out


def as_lines(rows: list[list[str]], *, has_names: bool) -> list[str]:
    """Return a line for each row, such as "Blue Peter, load: 14 tonnes".

    With `has_names` the first row names the columns, in rows with as many cells.
    """
    names = rows[0] if has_names and len(rows[0]) in map(len, rows[1:]) else []
    lines = []
    for cells in (row for row in rows if row != names):
        heads = ["", *names[1:]] if len(cells) == len(names) else []
        pairs = zip_longest(heads, cells[:MOST_COLUMNS], fillvalue="")
        named = [f"{head.rstrip(' :')}: {cell}" if head else cell for head, cell in pairs if cell]
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
        is_head = rows[0].find("td") is None or rows[0].getparent().tag == "thead"
        has_names = len(texts[0]) > 1 and (is_head or _only_first_lacks_figures(texts))
        captions = [words(caption) for caption in table.iter("caption")][:1]
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


def _only_first_lacks_figures(texts: list[list[str]]) -> bool:
    """Whether each row but the first has a figure, as in a table whose first row names columns."""
    have_figures = [any(re.search(r"\d", cell) for cell in row) for row in texts]
    return not have_figures[0] and all(have_figures[1:]) and all(texts[0][1:])
