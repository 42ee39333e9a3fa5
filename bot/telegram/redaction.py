"""Hide the bot's secrets in log lines and crash reports, whatever library wrote them."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import quote

HIDDEN = "<token>"

_hidden: list[str] = []


def cleaned(text: str) -> str:
    """Replace what `hide` was given by a placeholder."""
    for form in _hidden:
        text = text.replace(form, HIDDEN)
    return text


def hide(*secrets: str | None) -> None:
    """From now on, write these neither to a log nor to a crash report of this process."""
    for secret in filter(None, secrets):
        _hidden.extend({secret, quote(secret, safe=""), secret.partition(":")[2] or secret})
    _hidden.sort(key=len, reverse=True)
    made_before = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = made_before(*args, **kwargs)
        message = f"{made.msg} {made.args}"
        with suppress(Exception):  # a library's mistake in a log line must not end the bot
            message = made.getMessage()
        made.msg, made.args = cleaned(message), ()
        if made.exc_info and made.exc_info[0]:
            made.exc_text = cleaned("".join(traceback.format_exception(*made.exc_info)).rstrip())
            # Some handlers format the exception again: they get the text that is clean.
            made.exc_info = None
        made.stack_info = made.stack_info and cleaned(made.stack_info)
        return made

    def crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(cleaned("".join(traceback.format_exception(kind, error, trace))))

    logging.setLogRecordFactory(record)
    sys.excepthook = crash
    threading.excepthook = lambda args: crash(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
