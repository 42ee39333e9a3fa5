"""The flags that say which articles may be quoted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click

if TYPE_CHECKING:
    from retrieval import Library, Limits

Command = TypeVar("Command", bound=Callable[..., Any])


class LimitsFlags(TypedDict):
    """What was given with the flags that `limits_options` adds to a command."""

    since: str | None
    until: str | None
    source: tuple[str, ...]
    article: tuple[str, ...]
    everything: bool


def limits_options(command: Command) -> Command:
    """The limits, instead of those that a question sets by its own words."""
    for option in (
        click.option("--all", "everything", is_flag=True, help="All articles, whatever is asked."),
        click.option("--article", multiple=True, metavar="ID", help="Only this article."),
        click.option("--source", multiple=True, metavar="NAME", help="Only this publisher."),
        click.option("--until", metavar="DAY", help="Only articles published until this day."),
        click.option(
            "--since",
            metavar="DAY",
            help="Only articles published since this day: 2023-03-01, March 2023, last week.",
        ),
    ):
        command = option(command)
    return command


def limits_of_flags(library: Library, name: str, **flags: Unpack[LimitsFlags]) -> Limits | None:
    """The limits that flags set; None where there are none, so that questions set their own.

    Raises QuotewiseError if a day cannot be read, if there is no such publisher or article, or if
    they contradict each other.
    """
    from retrieval import Limits, QuotewiseError
    from retrieval.search.filters import limits_given

    limits = limits_given(
        datetime.now().astimezone(),
        since=flags["since"],
        until=flags["until"],
        sources=flags["source"],
        articles=flags["article"],
    )
    if limits == Limits():
        return limits if flags["everything"] else None
    if flags["everything"]:
        raise QuotewiseError("--all means all articles: leave it out, or the other limits.")
    return library.checked(limits, scope=[name])
