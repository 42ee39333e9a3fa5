"""The commands that look after what is kept: `verify` and `rebuild`."""

from __future__ import annotations

import click

from bot.commands.options import settings_of, settings_options


@click.command()
@settings_options
@click.pass_context
def verify(context: click.Context) -> None:
    """Check offsets, hashes and indexes against the catalog, and say what is wrong."""
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
    """Make the indexes again; and the vectors, if another model is set."""
    from bot import rendering
    from bot.reporting import reading_anew

    with settings_of(context).opened(to_write=True) as library:
        with reading_anew() as told:
            change = library.rebuild(told)
        if change is not None:
            click.echo(rendering.changed_line(change))
    click.echo("The indexes have been made again.")
