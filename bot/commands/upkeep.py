"""The commands that look after what is kept: `verify`, `rebuild` and `proof`."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import BinaryIO

import click

from bot.commands.options import settings_of, settings_options
from bot.commands.printing import console, print_json


@click.command()
@settings_options
@click.pass_context
def verify(context: click.Context) -> None:
    """Check offsets, hashes and indexes against the catalog, and report what is wrong."""
    with settings_of(context).opened() as library:
        faults = library.verify()
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults found." if faults else "Everything is as it should be.")
    context.exit(1 if faults else 0)


@click.command()
@settings_options
@click.pass_context
def rebuild(context: click.Context) -> None:
    """Rebuild the indexes, and embed all articles again if another model is set.

    The old model answers until the new one has read all articles.
    """
    from bot import rendering
    from bot.reporting import change_progress

    with settings_of(context).opened(to_write=True) as library:
        with change_progress() as report:
            change = library.rebuild(report)
        if change is not None:
            click.echo(rendering.changed_line(change))
    click.echo("The indexes have been made again.")


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a quote.")
@settings_options
@click.pass_context
def proof(context: click.Context, file: BinaryIO, as_json: bool) -> None:
    """Check the quotes of FILE, which `ask --json` or `ask --export` made; - for input.

    A quote must stand, word for word, at its place in a text with its SHA-256; the words said to
    answer must stand in it; and title, publisher, author, date, link, paragraph and page must be
    the article's. What `ask --export` wrote is checked without a library, on any machine. Quotes of
    `ask --json` are checked in the library that each names, unless --library is given.

    The command succeeds only if all quotes do. It proves that they are in the texts, not that the
    texts are what was published: compare the SHA-256 with that of a copy that you trust.
    """
    from bot import rendering
    from retrieval import QuotewiseError
    from retrieval.proof import LARGEST, WHAT_TO_GIVE, Texts, Verdict, checked, read

    settings = settings_of(context)
    name = getattr(file, "name", "-")
    checks = []
    answers = read(file.read(LARGEST + 1), name)
    enclosed = all(exhibit.articles is not None for exhibit in answers)
    with ExitStack() as stack:
        texts = None
        if not enclosed:
            library = stack.enter_context(settings.opened())
            named = context.find_root().obj.get("library") or os.environ.get("QUOTEWISE_LIBRARY")
            texts = Texts(library.history, named)
        for exhibit in answers:
            for check in checked(exhibit, texts):
                checks.append(check)
                if as_json:
                    print_json(rendering.proof_fields(check))
                else:
                    line = rendering.proof_line(check, of_several=len(answers) > 1)
                    console().print(line, soft_wrap=True)
    if not checks:
        raise QuotewiseError(f"There is no quote in {name}: {WHAT_TO_GIVE}")
    if not as_json:
        click.echo(rendering.proof_total(checks, enclosed=enclosed))
    context.exit(0 if all(check.verdict is Verdict.STANDS for check in checks) else 1)
