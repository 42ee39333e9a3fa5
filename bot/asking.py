"""Questions from the command line or from standard input, answered one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

import click
from rich.console import Console
from rich.text import Text

from bot import rendering
from bot.commands.printing import print_json
from bot.settings import Settings
from retrieval import Filters, Library, QuotewiseError

QUOTES = 3  # of an answer, if no other number is asked for; and as many again with each /more


def print_answer(
    library: Library,
    settings: Settings,
    question: str,
    limit: int | None,
    *,
    as_json: bool,
    filters: Filters | None = None,
    export: TextIO | None = None,
) -> None:
    """Print the answer to a question, and export it with its articles, an object a line.

    Without a limit, a person is shown those of the best quotes that are likely to answer.

    Raises QuotewiseError if it cannot be asked.
    """
    answer = library.answer(
        question,
        scope=[settings.library],
        limit=limit or QUOTES,
        filters=filters,
        risk=settings.risk,
    )
    if export is not None:
        print(json.dumps(rendering.export_fields(answer), ensure_ascii=False), file=export)
    if as_json:
        print_json(rendering.answer_fields(answer))
        return
    if not answer.shown and answer.inside is None:
        print(rendering.NO_ARTICLES)
        return
    count = None if limit else QUOTES
    Console(highlight=False).print(rendering.answer_text(answer, count), end="", soft_wrap=True)


def ask_lines(
    library: Library,
    settings: Settings,
    lines: Iterable[str],
    limit: int | None,
    *,
    as_json: bool,
    filters: Filters | None = None,
    export: TextIO | None = None,
) -> bool:
    """Answer each line that is not blank, and say whether any could not be asked.

    A person is shown the question above its answer.
    """
    failed = False
    for line in lines:
        if not line.strip():
            continue
        if not as_json:
            question = Text(f"› {rendering.plain(' '.join(line.split()))}", style="bold")
            Console(highlight=False).print(question, soft_wrap=True)
        try:
            print_answer(
                library, settings, line, limit, as_json=as_json, filters=filters, export=export
            )
        except QuotewiseError as error:
            failed = True
            if as_json:
                print_json({"question": line.strip(), "error": str(error)})
            else:
                click.echo(f"quotewise: {error}", err=True)
    return failed
