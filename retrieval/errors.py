"""The errors that callers can expect; the message of each says in a sentence what to do."""

from datetime import datetime


class QuotewiseError(Exception):
    """The root of all expected errors. Raised itself for wrong arguments and settings.

    The message is meant to be shown to people unchanged.
    """


class UnreadableSource(QuotewiseError):
    """Raised when a source, or one line of it, cannot be turned into an article.

    `source` names it the way the person did, such as `news.jsonl line 7`; `reason` is a sentence.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class ReaderDefect(UnreadableSource):
    """Raised when Quotewise itself fails to read a source, which need not be damaged."""


class Stopped(QuotewiseError):
    """Raised when a caller that waited is stopped before its work is done."""


class AnotherModel(QuotewiseError):
    """Raised on storing articles whose encoder has been replaced since they were embedded."""

    def __init__(self) -> None:
        super().__init__("Another model has come into use meanwhile: please try again.")


class ModelGone(QuotewiseError):
    """Raised when the encoder of the stored vectors is missing or has changed.

    The message is for commands; `at_once` is for programs that embed the articles again at once.
    """

    def __init__(self, model: str, trouble: str, is_set: str) -> None:
        gone = f"The articles were embedded with the model {model}, which {trouble}"
        super().__init__(
            f"{gone}: put it back as it was, or run `quotewise rebuild` to embed them again with "
            f"{is_set}."
        )
        self.at_once = f"{gone}: {is_set} embeds them again now."


class Missing(QuotewiseError):
    """Raised when a database that is not to be made does not exist."""

    def __init__(self, place: str) -> None:
        super().__init__(f"There are no articles of Quotewise in {place}: check where they are.")


class ReadOnly(QuotewiseError):
    """Raised by methods that add, change or remove, if the articles cannot be written."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} is read-only: you can search and list its articles, "
            "but to add or change anything you need permission to write there."
        )


class Busy(QuotewiseError):
    """Raised when another process or thread already does the same."""


class Unavailable(QuotewiseError):
    """Raised when the server of a database cannot be reached, perhaps for a moment."""


class Locked(QuotewiseError):
    """Raised when another process keeps the catalog locked for longer than this one waits."""


class ComeAgain(UnreadableSource):
    """Raised when a server asks to be left alone; `after` is until when, if it says so."""

    def __init__(self, source: str, reason: str, after: datetime | None = None) -> None:
        super().__init__(source, reason)
        self.after = after


class Unreachable(UnreadableSource):
    """Raised when a server does not answer or fails; its other pages will not do better."""


class Gone(UnreadableSource):
    """Raised when a server says that a page is gone for good."""
