"""The bot's secrets stand in no log line, whatever library wrote it."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any
from urllib.parse import quote

HIDDEN = "<token>"

_hidden: list[str] = []


def cleaned(text: str) -> str:
    """The text with a placeholder for what `hide` was told to hide."""
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
        made.msg, made.args = cleaned(_message_of(made)), ()
        if made.exc_info and made.exc_info[0]:
            made.exc_text = cleaned("".join(traceback.format_exception(*made.exc_info)).rstrip())
            # Some handlers format the exception anew: they get the kind of error, not its words.
            made.exc_info = None
        if made.stack_info:
            made.stack_info = cleaned(made.stack_info)
        return made

    def crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(cleaned("".join(traceback.format_exception(kind, error, trace))))

    logging.setLogRecordFactory(record)
    sys.excepthook = crash
    threading.excepthook = lambda args: crash(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def _message_of(made: logging.LogRecord) -> str:
    """What a record says; some library's mistake in saying it must not end what it tells of."""
    try:
        return made.getMessage()
    except Exception:
        return f"{made.msg} {made.args}"
