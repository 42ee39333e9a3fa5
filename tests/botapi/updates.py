"""The updates that wait for the bot, and the two ways in which it gets them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from botapi.refusals import Refused
from botapi.schema import TYPES, problems

KINDS = tuple(name for name in TYPES["Update"]["fields"] if name != "update_id")
ONLY_IF_ASKED = ("chat_member", "message_reaction", "message_reaction_count")
LONGEST_POLL = 50  # seconds
OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_IS_ON = (
    "can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
SET_MEANWHILE = "terminated by setWebhook request"


@dataclass(slots=True)
class Webhook:
    """Where updates are sent; nowhere while the url is empty."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    failed: int | None = None
    failure: str = ""


@dataclass(eq=False, slots=True)
class Poll:
    """A getUpdates that waits, and why it may wait no longer."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    conflict: str = ""


@dataclass(slots=True)
class Updates:
    """The queue; an update stays in it until the bot has confirmed it."""

    waiting: list[dict[str, Any]] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    webhook: Webhook = field(default_factory=Webhook)
    poll: Poll | None = None
    last_id: int = 700_000_000
    wake: Callable[[], object] = lambda: None
    proxies: dict[str, str] = field(default_factory=dict)
    """Where the requests to a public address go: https://bot.example → http://127.0.0.1:8080."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update, if the bot has not asked for other kinds alone."""
        if kind in self.allowed or (not self.allowed and kind not in ONLY_IF_ASKED):
            update = {"update_id": self.last_id + 1, kind: content}
            for problem in problems("Update", update, "update"):
                raise AssertionError(f"this server made a wrong update: {problem}: {update}")
            with self.lock:
                self.last_id += 1
                self.waiting.append(update)
            self.wake()

    def confirm(self, offset: int) -> None:
        """Forget what lies before; a negative offset counts from the end of the queue."""
        with self.lock:
            if offset < 0:
                self.waiting = self.waiting[offset:]
            elif offset > 0:
                self.waiting = [one for one in self.waiting if one["update_id"] >= offset]

    async def polled(self, limit: int, seconds: float) -> list[dict[str, Any]]:
        """The first updates, as soon as there are any; none when the time is over."""
        if self.webhook.url:
            raise Refused(409, f"Conflict: {WEBHOOK_IS_ON}")
        self.interrupt(OTHER_POLL)
        mine = self.poll = Poll()
        until = time.monotonic() + min(seconds, LONGEST_POLL)
        while not self.waiting and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(mine.news.wait(), left)
            mine.news.clear()
            if mine.conflict:
                raise Refused(409, f"Conflict: {mine.conflict}")
        if self.poll is mine:
            self.poll = None
        return self.waiting[:limit]

    def interrupt(self, why: str) -> None:
        """End the poll that waits, with a conflict."""
        if self.poll:
            self.poll.conflict = why
            self.poll.news.set()

    async def push(self, news: asyncio.Event) -> None:
        """Send each update to the webhook, in order, and again until it is accepted."""
        pause = 0.02
        # A proxy of the machine's must not see what stays on it.
        async with aiohttp.ClientSession(trust_env=False) as session:
            while True:
                hook = self.webhook
                if not (hook.url and self.waiting):
                    await news.wait()
                    news.clear()
                    continue
                update = self.waiting[0]
                failure = await self._post(session, hook, update)
                if not failure:
                    self.confirm(update["update_id"] + 1)
                    pause = 0.02
                else:
                    hook.failed, hook.failure = int(time.time()), failure
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, 1)

    async def _post(self, session: aiohttp.ClientSession, hook: Webhook, update: object) -> str:
        """What went wrong, nothing if nothing."""
        url = self.locally(hook.url)
        if url is None:
            return "Failed to resolve host: Name or service not known"
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            limit = aiohttp.ClientTimeout(total=60)
            async with session.post(url, json=update, headers=headers, timeout=limit) as answer:
                status, reason = answer.status, answer.reason
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError:
            return "Connection refused"
        return "" if status // 100 == 2 else f"Wrong response from the webhook: {status} {reason}"

    def locally(self, url: str) -> str | None:
        """Where on this machine a url leads; None if nowhere."""
        for public, local in self.proxies.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url if url.startswith(("http://127.0.0.1:", "http://localhost:")) else None
