"""The filters that people or programs set as options."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from retrieval import Filters, Library, QuotewiseError, filters_given


def filters_of(library: Library, name: str, *, everything: bool, **limits: Any) -> Filters | None:
    """Return the filters of options: `everything` for all articles, or limits to some.

    None if there is neither: then a question sets its filters by its own words. Raises
    QuotewiseError if a day cannot be read, if there is no such publisher or article, or if the
    options contradict each other.
    """
    filters = filters_given(datetime.now().astimezone(), **limits)
    if filters == Filters():
        return filters if everything else None
    if everything:
        raise QuotewiseError("All articles and limits exclude each other: leave out either.")
    return library.checked(filters, scope=[name])
