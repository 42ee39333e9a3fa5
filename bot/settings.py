"""What can be set for every front end, in one object; the Telegram bot has more of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

if TYPE_CHECKING:
    from retrieval import Library

log = logging.getLogger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data is, which model reads it, which library is meant, and which hosts are read.

    `reader` names a question-answering model that reads in the place of Quotewise's own.
    `allow_hosts` are those whose links are read although they are not on the public web. `risk` is
    the share of questions without an answer that may get one all the same; None for the default.
    """

    home: Path
    model: str
    library: str
    allow_hosts: tuple[str, ...] = ()
    reader: str | None = None
    risk: float | None = None

    @property
    def model_copies(self) -> Path:
        """Where the model's ONNX copies are, for every library and evaluation."""
        return self.home / "models"

    @property
    def history(self) -> Path:
        """Where the console keeps the questions that were typed."""
        return self.home / "history"

    def opened(self, *, to_write: bool = False) -> Library:
        """What is kept there, opened as it is set. Raises QuotewiseError if it cannot be.

        If the home is read-only, that is an error `to_write`, and else a warning.
        """
        from retrieval import Library, QuotewiseError

        library = Library.open(
            self.home,
            model=self.model,
            copies=self.model_copies,
            allow_hosts=self.allow_hosts,
            reader=self.reader,
        )
        try:
            library.check_writable()
        except QuotewiseError as error:
            if to_write:
                library.close()
                raise
            log.warning("%s", error)
        return library


def default_home() -> Path:
    """The platform's own folder for an application's data."""
    return user_data_path("quotewise", appauthor=False)
