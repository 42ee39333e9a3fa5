"""Questions from the command line or from standard input, answered one after the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console

from bot import rendering
from retrieval import Library, QuotewiseError


def ask_one(
    library: Library,
    name: str,
    question: str,
    limit: int,
    *,
    as_json: bool,
    export: TextIO | None = None,
) -> None:
    """Print the answer to a question, and export it with its articles, an object a line.

    Raises QuotewiseError if it cannot be asked.
    """
    answer = library.answer(question, scope=[name], limit=limit)
    if export is not None:
        print(json.dumps(rendering.export_fields(answer), ensure_ascii=False), file=export)
    if as_json:
        print(json.dumps(rendering.answer_fields(answer), ensure_ascii=False), flush=True)
        return
    if not answer.shown:
        print(rendering.NO_ARTICLES)
        return
    Console(highlight=False).print(rendering.answer_text(answer), end="", soft_wrap=True)


def ask_lines(
    library: Library,
    name: str,
    lines: Iterable[str],
    limit: int,
    *,
    as_json: bool,
    export: TextIO | None = None,
) -> bool:
    """Answer each line that is not blank, and say whether any could not be asked."""
    failed = False
    for line in lines:
        if not line.strip():
            continue
        try:
            ask_one(library, name, line, limit, as_json=as_json, export=export)
        except QuotewiseError as error:
            failed = True
            if as_json:
                print(json.dumps({"question": line.strip(), "error": str(error)}), flush=True)
            else:
                print(f"quotewise: {error}", file=sys.stderr)
    return failed
