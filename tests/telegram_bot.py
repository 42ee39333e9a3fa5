"""The bot as its own process, against the tests' Bot API server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from botapi import BotApi
from botapi.observers import PATIENCE

QUOTEWISE = Path(sys.executable).with_name("quotewise")
IMPORTED_FROM = {name: os.environ[name] for name in ["PYTHONPATH"] if name in os.environ}
"""Where this process has the code from, if it was told: the bot must be of the same tree."""


@dataclass
class Bot:
    """`quotewise telegram` on a home of its own; `log` is what it wrote to standard error."""

    api: BotApi
    home: Path
    admin: int
    more: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self, *flags: str) -> None:
        """Start it and wait until it is ready."""
        seen = len(self.log)
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [QUOTEWISE, "telegram", *flags],
                stdin=subprocess.DEVNULL,
                stderr=log,
                env=self.environment,
                cwd=self.home,
            )
        self.api.wait(lambda: "the bot is ready" in self.log[seen:] or self.ended)
        assert not self.ended, self.log[seen:]

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """All that the process knows of its surroundings."""
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "QUOTEWISE_HOME": str(self.home),
            "QUOTEWISE_TELEGRAM_TOKEN": self.api.token,
            "QUOTEWISE_TELEGRAM_ADMINS": str(self.admin),
            "QUOTEWISE_TELEGRAM_API_URL": self.api.url,
            **IMPORTED_FROM,
            **self.more,
        }

    @property
    def log(self) -> str:
        """What it has written so far."""
        path = self.home / "log"
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def ended(self) -> bool:
        """Whether the process is no longer there."""
        return self.process is not None and self.process.poll() is not None

    def memory(self) -> int:
        """How many bytes of memory it holds, on Linux."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


def new_home(folder: Path, copies: Path) -> Path:
    """A home whose model is copied already."""
    folder.mkdir()
    (folder / "models").symlink_to(copies)
    return folder


def until(condition, seconds: float = PATIENCE) -> None:
    """Wait until something outside the server is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)
