"""Every error Quotewise raises on purpose says in one sentence what a person can do about it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path


class QuotewiseError(Exception):
    """The root of all expected errors; its message is shown to people as it stands."""


class UnreadableSource(QuotewiseError):
    """A source, or one line of it, could not be turned into an article.

    `source` names what failed the way the person named it, such as `news.jsonl line 7`.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class ReaderDefect(UnreadableSource):
    """Quotewise itself failed to read a source, which need not be damaged."""


class Stopped(QuotewiseError):
    """Somebody who waited was told to end, and has left undone what is left."""


class AnotherModel(QuotewiseError):
    """Another model has come into use since the articles were read by one."""

    def __init__(self) -> None:
        super().__init__("Another model has come into use meanwhile: please try again.")


class ModelGone(QuotewiseError):
    """The model that has read the articles is no longer there, or no longer the same."""

    def __init__(self, model: str, trouble: str, is_set: str) -> None:
        gone = f"The articles were read in with the model {model}, which {trouble}"
        super().__init__(
            f"{gone}: put it back as it was, or run `quotewise rebuild` to have them read in anew "
            f"by {is_set}."
        )
        self.at_once = f"{gone}: {is_set} reads them in anew now."


class ReadOnly(QuotewiseError):
    """The folder with all data cannot be written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The folder {folder} is read-only: you can search and list its articles, but to add "
            "or change anything you need permission to write there."
        )


class Busy(QuotewiseError):
    """Another process or thread does the same already."""


class Locked(QuotewiseError):
    """Another process keeps all others from writing for longer than they wait."""


class ComeAgain(UnreadableSource):
    """A server that is there asks to be left alone, until `after` if it says until when."""

    def __init__(self, source: str, reason: str, after: datetime | None = None) -> None:
        super().__init__(source, reason)
        self.after = after


class Unreachable(UnreadableSource):
    """A server does not answer, or has a fault of its own: its other pages will do no better."""


class Gone(UnreadableSource):
    """A server says that what was at this link will not come back."""
