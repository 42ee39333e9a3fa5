"""The settings that every command takes: flags, else environment variables, else defaults."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from platformdirs import user_data_path

if TYPE_CHECKING:
    from retrieval import Filters, Library

log = logging.getLogger(__name__)

Command = TypeVar("Command", bound=Callable[..., Any])

QUOTES_SHOWN = 3
"""Quotes of an answer, and as many again with each /more or More."""

DEFAULT_HOME = user_data_path("quotewise", appauthor=False)

OPTIONS: dict[str, tuple[Any, str, str]] = {
    "home": (
        click.Path(file_okay=False, path_type=Path),
        "DIR",
        "The folder of all data.",
    ),
    "database": (
        str,
        "URL",
        "A PostgreSQL database for the articles, in place of a file: postgresql://user@host/name.",
    ),
    "vectors": (
        str,
        "WHERE",
        "Where vectors are searched: memory, or pgvector in the PostgreSQL database.",
    ),
    "library": (str, "NAME", "The library to use: main unless set."),
    "model": (str, "NAME", "The encoder: a sentence-transformers model, by name or folder."),
    "reader": (str, "NAME", "Another reader: a question-answering model, by name or folder."),
    "allow_hosts": (str, "HOSTS", "Private hosts whose links may be read, separated by commas."),
    "risk": (
        str,
        "SHARE",
        "The share of questions without an answer that may get one, such as 1% or 0.01; else 5%.",
    ),
}
"""The settings: the type, the placeholder and the help of each."""


class Setting(click.Option):
    """An option that every command takes and only `quotewise --help` describes."""

    def get_help_record(self, ctx: click.Context) -> None:
        """Return nothing, so that it is not among the options of a command."""

    def description(self, ctx: click.Context) -> tuple[str, str]:
        return super().get_help_record(ctx) or ("", "")


@dataclass(frozen=True, slots=True)
class Settings:
    """The folder of all data, the models, the library, and the private hosts that may be read.

    `reader` names a question-answering model in place of Quotewise's own. `risk` is the share of
    questions without an answer that may get one; None for the default.
    """

    home: Path
    model: str
    library: str
    allow_hosts: tuple[str, ...] = ()
    reader: str | None = None
    risk: float | None = None
    database: str | None = None
    """The URL of the PostgreSQL database that has the articles; else a file in the folder does."""
    vectors: str = "memory"
    names_library: bool = False
    """Whether the library was named, or is the one that is used unless one is."""

    @property
    def model_copies(self) -> Path:
        """The folder of the models' ONNX copies, for every library and evaluation."""
        return Path(os.environ.get("QUOTEWISE_MODEL_COPIES") or self.home / "models")

    def opened(self, *, to_write: bool = False) -> Library:
        """Open the library. Raises QuotewiseError if that fails, or if it is read-only `to_write`.

        A read-only library that is not opened `to_write` gives a warning.
        """
        from retrieval import Library, QuotewiseError

        library = Library.open(
            self.home,
            model=self.model,
            copies=self.model_copies,
            allow_hosts=self.allow_hosts,
            reader=self.reader,
            database=self.database,
            vectors=self.vectors,
        )
        try:
            library.check_writable()
        except QuotewiseError as error:
            if to_write:
                library.close()
                raise
            log.warning("%s", error)
        return library

    def filters(self, library: Library, *, everything: bool, **limits: Any) -> Filters | None:
        """Return the filters of options: `everything` for all articles, or limits to some.

        None if there is neither: then a question sets its filters by its own words. Raises
        QuotewiseError if a day cannot be read, if there is no such publisher or article, or if the
        options contradict each other.
        """
        from retrieval import Filters, QuotewiseError, filters_given

        filters = filters_given(datetime.now().astimezone(), **limits)
        if filters == Filters():
            return filters if everything else None
        if everything:
            raise QuotewiseError("All articles and limits exclude each other: leave out either.")
        return library.checked(filters, scope=[self.library])


def settings_options(command: Command) -> Command:
    """Add the options of all settings to a command; they may be given before or after its name."""

    def store(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            context.find_root().obj[parameter.name] = value

    for name, (kind, metavar, text) in reversed(OPTIONS.items()):
        command = click.option(
            f"--{name.replace('_', '-')}",
            type=kind,
            metavar=metavar,
            help=text,
            callback=store,
            expose_value=False,
            cls=Setting,
        )(command)
    return command


def settings_of(context: click.Context) -> Settings:
    """Return the settings of a command. Raises QuotewiseError if one makes no sense."""
    from retrieval import DEFAULT_MODEL, MAIN, checked_risk

    environment = {name: os.environ.get(f"QUOTEWISE_{name.upper()}") for name in OPTIONS}
    given = {name: value for name, value in environment.items() if value}
    given |= context.find_root().obj
    return Settings(
        Path(given.get("home") or DEFAULT_HOME).expanduser(),
        given.get("model") or DEFAULT_MODEL,
        given.get("library") or MAIN,
        tuple(filter(None, map(str.strip, given.get("allow_hosts", "").split(",")))),
        given.get("reader") or None,
        checked_risk(given["risk"]) if "risk" in given else None,
        given.get("database") or None,
        given.get("vectors") or "memory",
        names_library=bool(given.get("library")),
    )
