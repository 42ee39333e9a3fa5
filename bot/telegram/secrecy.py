"""The bot's token stands in no log line, whatever library wrote it."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any
from urllib.parse import quote

HIDDEN = "<token>"


def hide(token: str) -> None:
    """From now on, write the token neither to a log nor to a crash report of this process."""
    forms = {token, quote(token, safe=""), token.partition(":")[2]}
    forms = {form for form in forms if form}
    made_before = logging.getLogRecordFactory()

    def clean(text: str) -> str:
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, HIDDEN)
        return text

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = made_before(*args, **kwargs)
        told = made.getMessage()
        cleaned = clean(told)
        if cleaned != told:
            made.msg, made.args = cleaned, ()
        if made.exc_info and made.exc_info[0]:
            made.exc_text = clean("".join(traceback.format_exception(*made.exc_info)).rstrip())
            # Some handlers format the exception anew: they get the kind of error, not its words.
            made.exc_info = None
        if made.stack_info:
            made.stack_info = clean(made.stack_info)
        return made

    def crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(clean("".join(traceback.format_exception(kind, error, trace))))

    logging.setLogRecordFactory(record)
    sys.excepthook = crash
    threading.excepthook = lambda args: crash(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
