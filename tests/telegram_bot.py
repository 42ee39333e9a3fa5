"""The bot as its own process, against the tests' Bot API server, and what people do there."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from botapi import BotApi
from botapi.observers import PATIENCE
from botapi.people import Chat, Message, User

from bot.telegram.answers import Answers
from bot.telegram.app import built
from bot.telegram.context import Bot as Application
from bot.telegram.context import Services
from bot.telegram.rate_limiter import RateLimiter, Throttles
from bot.telegram.serving import Polling
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import Access, Subscriptions, opened
from bot.telegram.threads import Threads
from bot.telegram.update_queue import UpdateQueue
from retrieval import Library

QUOTEWISE = Path(sys.executable).with_name("quotewise")
IMPORTED_FROM = {name: os.environ[name] for name in ["PYTHONPATH"] if name in os.environ}
"""Where this process has the code from, if it was told: the bot must be of the same tree."""
QUICK = {"QUOTEWISE_TELEGRAM_PERSON_RATE": "100000", "QUOTEWISE_TELEGRAM_CHAT_RATE": "100000"}


@dataclass
class Bot:
    """`quotewise telegram` on a home of its own, not started; its administrator is called Ada."""

    api: BotApi
    home: Path
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.admin = self.api.user("Ada")

    def start(self, *flags: str) -> None:
        """Start it and wait until it is ready."""
        seen = len(self.log)
        self.begin(*flags)
        self.api.wait(lambda: "the bot is ready" in self.log[seen:] or self.ended)
        assert not self.ended, self.log[seen:]

    def begin(self, *flags: str) -> None:
        """Start it, ready or not."""
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [QUOTEWISE, "telegram", *flags],
                stdin=subprocess.DEVNULL,
                stderr=log,
                env=self.environment,
                cwd=self.home,
            )

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
            "QUOTEWISE_TELEGRAM_ADMINS": str(self.admin.id),
            "QUOTEWISE_TELEGRAM_API_URL": self.api.url,
            **IMPORTED_FROM,
            **self.more,
        }

    @property
    def log(self) -> str:
        """What it has written to standard error so far."""
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


@asynccontextmanager
async def bot_in_process(
    api: BotApi, library: Library, folder: Path, **settings: str
) -> AsyncIterator[Application]:
    """The bot's application in this process, initialized but not started; no requests pause it."""
    given = {"token": api.token, "admins": "", "api_url": api.url, **settings}
    telegram = TelegramSettings.of(given)
    store, threads = opened(folder / "telegram.sqlite"), Threads()
    access = Access(store, telegram.admins)
    services = Services(
        library,
        access,
        Answers(store, library, access.scope, threads),
        Subscriptions(store),
        UpdateQueue(store),
        telegram,
        Throttles.of(telegram.person_rate, telegram.chat_rate),
        threads,
    )
    async with built(services, RateLimiter(first_pause=0.01), again_after=0.1) as application:
        yield application
        if application.running:
            await application.stop()
    threads.end(5)
    store.close()


@asynccontextmanager
async def polling(application: Application) -> AsyncIterator[None]:
    """Let an application work, and fetch its updates, in this process."""
    await application.start()
    fetching = asyncio.create_task(
        Polling(application.bot, application.bot_data["services"].queue).run()
    )
    try:
        yield
    finally:
        fetching.cancel()
        await asyncio.wait([fetching])
        await application.stop()


def new_home(folder: Path, copies: Path) -> Path:
    """A home whose model is copied already."""
    folder.mkdir()
    (folder / "models").symlink_to(copies)
    return folder


def faultless_api() -> Iterator[BotApi]:
    """A server to which nothing is sent that no correct bot would send."""
    with BotApi() as server:
        yield server
        assert server.violations == [], server.violations


def said(api: BotApi, chat: Chat, user: User, text: str, **more: Any) -> Message:
    """The bot's answer to what somebody says."""
    return api.wait_for_answer(api.say(chat, user, text, **more))


def granted(api: BotApi, bot: Bot) -> Chat:
    """The administrator's own chat with the started bot, which reads the samples from now on."""
    chat = api.private(bot.admin)
    told = said(api, chat, bot.admin, "/grant main").text
    assert told == "This chat now reads the library main as well."
    return chat


def pressed(api: BotApi, message: Message, button: str, user: User) -> Message:
    """Press a button, and give the message as the bot has edited it then."""
    before = api.now(message).edits
    api.wait_for_answer(api.press(api.now(message), button, user))
    api.wait(lambda: api.now(message).edits > before)
    return api.now(message)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def stored(bot: Bot, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a query to the bot's file."""
    with sqlite3.connect(bot.home / "telegram.sqlite") as store:
        found = store.execute(query, values).fetchall()
    store.close()
    return found


def undone(bot: Bot) -> int:
    """How many updates the bot has received and not worked off."""
    return stored(bot, "SELECT count(*) FROM updates WHERE payload IS NOT NULL")[0][0]


def metrics(port: int) -> dict[str, str]:
    """What the bot counts of itself, by name."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as page:
        return dict(line.split() for line in page.read().decode().splitlines())


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something outside the server is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)
