"""The settings that every command takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.settings import DEFAULT_MODEL, Settings, default_home

if TYPE_CHECKING:
    from retrieval import Library

Command = TypeVar("Command", bound=Callable[..., Any])


def settings_options(command: Command) -> Command:
    """The settings, which may stand before the command or after it."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            context.find_root().obj[parameter.name] = value

    for name, kind, text in (
        ("home", click.Path(file_okay=False, path_type=Path), "The folder that holds all data."),
        ("model", str, "The encoder: a sentence-transformers model, by name or folder."),
        ("reader", str, "Another reader: a question-answering model, by name or folder."),
        ("library", str, "The library that is meant; the first is called main."),
        ("allow_hosts", str, "Private hosts whose links may be read, separated by commas."),
        ("risk", str, "The share of questions without an answer that may get one; 0.05 or 5%."),
    ):
        text = f"{text} Else: QUOTEWISE_{name.upper()}."
        option = click.option(
            f"--{name.replace('_', '-')}", type=kind, help=text, callback=keep, expose_value=False
        )
        command = option(command)
    return command


def settings_of(context: click.Context) -> Settings:
    """What was set by flags, else by the environment, else what holds by default.

    Raises QuotewiseError where it makes no sense.
    """
    from retrieval import QuotewiseError
    from retrieval.search.calibration import checked_risk

    if os.environ.get("QUOTEWISE_RERANKER"):
        raise QuotewiseError(
            "QUOTEWISE_RERANKER is no longer a setting: unset it, or name a question-answering "
            "model in QUOTEWISE_READER."
        )
    chosen = context.find_root().obj
    environment = {
        name: os.environ.get(f"QUOTEWISE_{name.upper()}")
        for name in ("home", "model", "reader", "library", "allow_hosts", "risk")
    }
    set_to = {**{name: value for name, value in environment.items() if value}, **chosen}
    return Settings(
        Path(set_to.get("home") or default_home()).expanduser(),
        set_to.get("model") or DEFAULT_MODEL,
        set_to.get("library") or "main",
        tuple(filter(None, map(str.strip, set_to.get("allow_hosts", "").split(",")))),
        set_to.get("reader") or None,
        checked_risk(set_to["risk"]) if set_to.get("risk") is not None else None,
    )


def tell_of_change(library: Library) -> None:
    """Say that another model answers than the one that is set, and what is to be done about it."""
    from bot import rendering

    change = library.change()
    if change is not None and change.is_set and not library.read_only:
        click.echo(f"quotewise: {rendering.change_line(change)}", err=True)
