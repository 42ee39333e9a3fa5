"""What gives a command the settings and the library.

A command imports what takes time to load when it runs, so that --help is instant.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from bot.settings import Settings, settings_of, settings_options

if TYPE_CHECKING:
    from retrieval import Library


def with_settings(command: Callable[..., bool | None]) -> Any:
    """Let a command use the settings, and take these as options.

    The command returns True if something failed, which its exit status says.
    """

    @settings_options
    @click.pass_context
    @wraps(command)
    def run(context: click.Context, /, **options: Any) -> bool | None:
        return command(settings_of(context), **options)

    return run


def with_library(
    *, to_write: bool = False, model: bool = False
) -> Callable[[Callable[..., bool | None]], Any]:
    """Let a command use the library of its settings, too; with `model`, see `opened`."""

    def decorate(command: Callable[..., bool | None]) -> Any:
        @with_settings
        @wraps(command)
        def run(settings: Settings, **options: Any) -> bool | None:
            with opened(settings, to_write=to_write, model=model) as library:
                return command(library, settings, **options)

        return run

    return decorate


@contextmanager
def opened(settings: Settings, *, to_write: bool, model: bool) -> Iterator[Library]:
    """Open the library; with `model`, prepare the model first, if it has to be."""
    from retrieval import ModelGone

    is_new = model and not any(settings.model_copies.glob("*/copy.json"))
    with ExitStack() as stack:
        with _saying_that_it_prepares() if is_new else nullcontext():
            library = stack.enter_context(settings.opened(to_write=to_write))
            if is_new:
                with suppress(ModelGone):  # the command says so
                    library.warm_up()
        yield library


@contextmanager
def _saying_that_it_prepares() -> Iterator[None]:
    """Say at once that the model is being prepared, before the slow imports that this takes."""
    text = "Preparing the model (once, about 20 s) …"
    if not sys.stderr.isatty():
        click.echo(text, err=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
