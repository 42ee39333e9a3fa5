"""The flags that say which articles may be quoted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click

if TYPE_CHECKING:
    from retrieval import Filters, Library

Command = TypeVar("Command", bound=Callable[..., Any])


class FilterFlags(TypedDict):
    """What was given with the flags that `filter_options` adds to a command."""

    since: str | None
    until: str | None
    source: tuple[str, ...]
    article: tuple[str, ...]
    everything: bool


def filter_options(command: Command) -> Command:
    """The filters, instead of those that a question sets by its own words."""
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


def filters_of_flags(library: Library, name: str, **flags: Unpack[FilterFlags]) -> Filters | None:
    """The filters that flags set; None where there are none, so that questions set their own.

    Raises QuotewiseError if a day cannot be read, if there is no such publisher or article, or if
    they contradict each other.
    """
    from retrieval import Filters, QuotewiseError
    from retrieval.search.filters import filters_given

    filters = filters_given(
        datetime.now().astimezone(),
        since=flags["since"],
        until=flags["until"],
        sources=flags["source"],
        articles=flags["article"],
    )
    if filters == Filters():
        return filters if flags["everything"] else None
    if flags["everything"]:
        raise QuotewiseError("--all means all articles: leave it out, or the other limits.")
    return library.checked(filters, scope=[name])
