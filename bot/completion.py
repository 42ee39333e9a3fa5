"""Shell completion: what the scripts for shells need, and the ids and publishers they complete.

A completer reads the library without loading a model, and is silent if that fails: a message would
stand in the middle of the line that somebody types.
"""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from bot.settings import settings_of

if TYPE_CHECKING:
    from retrieval import Library

SHELLS = ("bash", "zsh", "fish")


@add_completion_class
class QuotingBashComplete(BashComplete):
    """Completion for bash, which inserts words as they are: names with spaces need quotes."""

    def format_completion(self, item: CompletionItem[str]) -> str:
        has_quote = os.environ["COMP_WORDS"].rpartition("\n")[2].startswith(("'", '"'))
        return f"{item.type},{item.value if has_quote else shlex.quote(item.value)}"


def _completer(
    names: Callable[[Library, str], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a function that completes some names of the library in the settings."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        logging.disable()
        with suppress(Exception):
            settings = settings_of(context)
            # Else it would be made.
            if settings.database or (settings.home / "catalog.sqlite").is_file():
                with settings.opened() as library:
                    known = names(library, settings.library)
                    return [name for name in known if name.startswith(incomplete)]
        return []

    return complete


ids = _completer(lambda library, name: library.ids(library=name))
publishers = _completer(
    lambda library, name: sorted(
        filter(None, {each.source for each in library.listing(library=name)})
    )
)
files = click.Path().shell_complete
folders = click.Path(file_okay=False).shell_complete
