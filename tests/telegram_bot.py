"""The bot as its own process, and what people do there."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from botapi import BotApi, Chat, Message, User
from botapi.api import LONGEST_WAIT
from quotewise_command import IMPORTED_FROM, QUOTEWISE

QUICK = {"QUOTEWISE_TELEGRAM_PERSON_RATE": "100000", "QUOTEWISE_TELEGRAM_CHAT_RATE": "100000"}


@dataclass
class Bot:
    """`quotewise telegram` on a home of its own, not started; its administrator is called Ada."""

    api: BotApi
    home: Path
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.more = dict(self.more)  # tests change it
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
        return self.process.wait(LONGEST_WAIT)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the process."""
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
        """Its standard error so far."""
        path = self.home / "log"
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self.process is not None and self.process.poll() is not None

    def memory(self) -> int:
        """The bytes of memory it holds, on Linux."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


def running(bot: Bot) -> Iterator[Bot]:
    """Start a bot; it must end as it should after the tests."""
    bot.start()
    yield bot
    assert bot.stop() == 0


def faultless_api() -> Iterator[BotApi]:
    """A Bot API server that fails the test if the bot breaks a rule of the API."""
    with BotApi() as server:
        yield server
        assert server.violations == [], server.violations


def said(api: BotApi, chat: Chat, user: User, text: str, **more: Any) -> Message:
    """The bot's answer to what somebody says."""
    return api.wait_for_answer(api.say(chat, user, text, **more))


def granted(api: BotApi, bot: Bot) -> Chat:
    """The administrator's own chat with the started bot, which reads the samples from now on."""
    chat = api.private(bot.admin)
    reply = said(api, chat, bot.admin, "/grant main").text
    assert reply == "This chat now reads the library main as well."
    return chat


def pressed(api: BotApi, message: Message, button: str, user: User) -> Message:
    """Press a button, and give the message as the bot has edited it then."""
    before = api.now(message).edits
    api.wait_for_answer(api.press(api.now(message), button, user))
    api.wait(lambda: api.now(message).edits > before)
    return api.now(message)


def paired(api: BotApi, bot: Bot, chat: Chat, user: User) -> None:
    """Let somebody's chat in with a code."""
    code = said(api, api.private(bot.admin), bot.admin, "/pair").text.split()[1]
    said(api, chat, user, f"/pair {code}")


def newcomer(api: BotApi, bot: Bot, name: str) -> tuple[User, Chat]:
    """A new user who is let in, and their private chat."""
    user = api.user(name)
    paired(api, bot, api.private(user), user)
    return user, api.private(user)


def added(api: BotApi, offer: Message, user: User) -> str:
    """Accept an offer, and return how the bot reports the outcome."""
    api.wait_for_answer(api.press(offer, labels(offer)[0], user))
    return outcome(api, offer)


def outcome(api: BotApi, message: Message) -> str:
    """How the bot reports the outcome of an addition in its message."""
    reported = r"\d+ \w+|(Not a|A)dded|Updated|Unchanged"
    api.wait(lambda: re.match(reported, api.now(message).text))
    return api.now(message).text


def toast(api: BotApi, message: Message, button: str, user: User, **how: Any) -> str:
    """What somebody sees for a moment after pressing a button."""
    return api.wait_for_answer(api.press(api.now(message), button, user, **how)).text


def titles(api: BotApi, chat: Chat, user: User) -> list[str]:
    """The titles in the list of a chat's articles."""
    listed = said(api, chat, user, "/articles@quotewise_bot").text
    return re.findall(r"^\d+\. ([^,\n]+)", listed, re.MULTILINE)


def library_of(chat: Chat) -> str:
    """The name of the library that belongs to a chat."""
    return f"chat:{chat.id}"


def labels(message: Message) -> list[str]:
    """The buttons under a message."""
    return [button.text for row in message.buttons for button in row]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def stored(bot: Bot, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a query to the bot's file."""
    with sqlite3.connect(bot.home / "telegram.sqlite") as store:
        rows = store.execute(query, values).fetchall()
    store.close()
    return rows


def undone(bot: Bot) -> int:
    """The number of updates that the bot has received and not finished."""
    return stored(bot, "SELECT count(*) FROM updates WHERE payload IS NOT NULL")[0][0]


def metrics(port: int) -> dict[str, str]:
    """The bot's metrics by name."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LONGEST_WAIT) as page:
        lines = page.read().decode().splitlines()
    return dict(line.rsplit(maxsplit=1) for line in lines if not line.startswith("#"))


def until(condition: Callable[[], object], seconds: float = LONGEST_WAIT) -> None:
    """Wait for something that the server does not see."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
