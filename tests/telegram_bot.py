"""The bot as its own process, and what people do there."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from article_library import add
from botapi import BotApi, Chat, Message, User
from botapi.api import LONGEST_WAIT
from quotewise_command import IMPORTED_FROM, QUOTEWISE
from website import Website

from retrieval import Library

QUICK = {"QUOTEWISE_TELEGRAM_PERSON_RATE": "100000", "QUOTEWISE_TELEGRAM_CHAT_RATE": "100000"}


class Telegram(BotApi):
    """The server, and what people do with this bot and then see."""

    def said(self, chat: Chat, user: User, text: str, **more: Any) -> Message:
        """The bot's answer to what somebody says."""
        return self.wait_for_answer(self.say(chat, user, text, **more))

    def offered(self, chat: Chat, user: User, name: str, content: bytes, **more: Any) -> Message:
        """The bot's answer to a file."""
        return self.wait_for_answer(self.send_file(chat, user, name, content, **more))

    def toast(self, message: Message, button: str, user: User, **how: Any) -> str:
        """What somebody sees for a moment after pressing a button."""
        return self.wait_for_answer(self.press(message, button, user, **how)).text

    def pressed(self, message: Message, button: str, user: User) -> Message:
        """Press a button, and give the message as the bot has edited it then."""
        before = self.now(message).edits
        self.toast(message, button, user)
        self.wait(lambda: self.now(message).edits > before)
        return self.now(message)

    def added(self, offer: Message, user: User) -> str:
        """Accept an offer, and return how the bot reports the outcome."""
        self.toast(offer, labels(offer)[0], user)
        return self.outcome(offer)

    def outcome(self, message: Message) -> str:
        """How the bot reports the outcome of an addition in its message."""
        reported = r"\d+ \w+|(Not a|A)dded|Updated|Unchanged"
        self.wait(lambda: re.match(reported, self.now(message).text))
        return self.now(message).text

    def titles(self, chat: Chat, user: User) -> list[str]:
        """The titles in the list of a chat's articles."""
        listed = self.said(chat, user, "/articles@quotewise_bot").text
        return re.findall(r"^\d+\. ([^,\n]+)", listed, re.MULTILINE)


@dataclass
class Bot:
    """`quotewise telegram` on a home of its own, not started; its administrator is called Ada."""

    api: Telegram
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

    def use_webhook(self) -> int:
        """Let it take updates at a webhook on a port, which is returned."""
        port, public = free_port(), "https://quotewise.example"
        self.api.updates.proxies[public] = f"http://127.0.0.1:{port}"
        self.more["QUOTEWISE_TELEGRAM_WEBHOOK_URL"] = public
        self.more["QUOTEWISE_TELEGRAM_WEBHOOK_PORT"] = str(port)
        return port

    def add(self, chat: Chat | None, *articles: dict[str, Any]) -> None:
        """Add articles to a chat's library or to `main`, as another process would."""
        with self.library() as library:
            to = library_of(chat) if chat else "main"
            assert "failed" not in add(library, self.home, *articles, to=to)

    def library(self) -> Library:
        """What it reads, opened by another process."""
        return Library.open(self.home, database=self.more.get("QUOTEWISE_DATABASE"))

    def stored(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query to its file, or to its schema."""
        if url := self.more.get("QUOTEWISE_DATABASE"):
            with psycopg.connect(url, options="-c search_path=quotewise_telegram") as connection:
                result = connection.execute(query.replace("?", "%s"), values)
                return result.fetchall() if result.description else []
        with closing(sqlite3.connect(self.home / "telegram.sqlite")) as store, store:
            return store.execute(query, values).fetchall()

    @property
    def undone(self) -> int:
        """The number of updates that it has received and not finished."""
        return self.stored("SELECT count(*) FROM updates WHERE payload IS NOT NULL")[0][0]

    def settle(self) -> None:
        """Wait until it has done everything."""
        self.api.wait(lambda: self.undone == 0 and not self.api.pending())

    def sent_since(self, chat: Chat, before: int) -> list[Message]:
        """Its messages in a chat beyond so many, once it has done everything."""
        self.settle()
        return self.api.sent(chat)[before:]

    def granted(self) -> Chat:
        """The administrator's own chat, which reads the library `main` from now on."""
        chat = self.api.private(self.admin)
        reply = self.api.said(chat, self.admin, "/grant main").text
        assert reply == "This chat now reads the library main as well."
        return chat

    def pair(self, chat: Chat, user: User) -> None:
        """Let somebody's chat in with a code."""
        office = self.api.private(self.admin)
        code = self.api.said(office, self.admin, "/pair").text.split()[1]
        self.api.said(chat, user, f"/pair {code}")

    def newcomer(self, name: str) -> tuple[User, Chat]:
        """A new user who is let in, and their private chat."""
        user = self.api.user(name)
        self.pair(self.api.private(user), user)
        return user, self.api.private(user)


def faultless_api() -> Iterator[Telegram]:
    """A Bot API server that fails the test if the bot breaks a rule of the API."""
    with Telegram() as server:
        yield server
        assert server.violations == [], server.violations


def shared_bot(*flags: str, samples: bool = False, **settings: str) -> tuple[Any, Any, Any]:
    """Fixtures that all tests of a file share: the server, a web site, and a bot that may read it.

    The bot has a home without articles, or one whose library `main` holds the `samples`.
    """

    @pytest.fixture(scope="module")
    def api(new_database) -> Iterator[Telegram]:  # another for each engine, whose bots differ
        yield from faultless_api()

    @pytest.fixture(scope="module")
    def site() -> Iterator[Website]:
        with Website() as site:
            yield site

    @pytest.fixture(scope="module")
    def bot(api, site, tmp_path_factory, prepared) -> Iterator[Bot]:
        home, more = prepared(tmp_path_factory.mktemp("bot") / "home", samples=samples)
        more |= QUICK | {"QUOTEWISE_ALLOW_HOSTS": site.host} | settings
        bot = Bot(api, home, more)
        bot.start(*flags)
        yield bot
        assert bot.stop() == 0
        assert "a defect" not in bot.log
        assert api.token.partition(":")[2] not in bot.log

    return api, site, bot


def person(name: str) -> Any:
    """A fixture: somebody whom all tests of a file share."""
    return pytest.fixture(scope="module")(lambda api: api.user(name))


def anonymously(group: Chat) -> dict[str, Any]:
    """How an administrator who hides their name sends a message."""
    return {
        "from": {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"},
        "sender_chat": {"id": group.id, "type": "supergroup", "title": group.title},
    }


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


def metrics(port: int) -> dict[str, str]:
    """The bot's metrics by name."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LONGEST_WAIT) as page:
        lines = page.read().decode().splitlines()
    return dict(line.rsplit(maxsplit=1) for line in lines if not line.startswith("#"))
