"""The bot's token is seen by nobody, whatever goes wrong."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.streams import error_message
from bot.telegram import redaction

TOKEN = "123456789:AAFakeTokenThatNobodyMaySee00000000"
SECRET = TOKEN.partition(":")[2]


@pytest.fixture(autouse=True)
def hidden():
    """The token is hidden in this process, as long as a test lasts."""
    before = logging.getLogRecordFactory(), sys.excepthook, threading.excepthook
    redaction.hide(TOKEN)
    yield
    factory, sys.excepthook, threading.excepthook = before
    logging.setLogRecordFactory(factory)
    redaction._hidden.clear()


def test_a_logged_traceback_names_the_error_and_not_the_token(caplog):
    try:
        raise ValueError(f"no such page: /bot{TOKEN}/getMe")
    except ValueError:
        logging.getLogger("some.library").exception("a request to %s failed", f"/bot{TOKEN}")
    assert "a request to /bot<token> failed" in caplog.text
    assert "ValueError: no such page: /bot<token>/getMe" in caplog.text
    assert SECRET not in caplog.text


def test_a_librarys_mistake_in_a_log_line_ends_nothing_and_shows_no_token(caplog, capsys):
    logging.getLogger("some.library").warning(*["%d of %d at %s", TOKEN])
    assert f"%d of %d at %s ('{redaction.HIDDEN}',)" in caplog.text
    assert SECRET not in caplog.text + capsys.readouterr().err


def test_a_crash_report_does_not_hold_the_token():
    try:
        raise RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except RuntimeError as error:
        told = error_message(error)
    report = Path(told.rpartition(" with ")[2].removesuffix("."))
    written = report.read_text("utf-8")
    report.unlink()
    assert "RuntimeError: https://api.telegram.org/bot<token>/getMe" in written
    assert SECRET not in told + written


@pytest.mark.parametrize(
    "crash",
    [
        "raise RuntimeError(token)",
        "import threading; threading.Thread(target=lambda: int(token)).start()",
    ],
)
def test_a_process_or_thread_that_dies_does_not_print_the_token(crash):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from bot.telegram.redaction import hide; token = {TOKEN!r}; hide(token); {crash}",
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "<token>" in done.stderr
    assert SECRET not in done.stderr.replace(f"token = {TOKEN!r}", "")
