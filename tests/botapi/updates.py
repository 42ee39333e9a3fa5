"""The updates that wait for the bot, which polls for them or takes them at a webhook."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

from botapi.schema import Refused, problems

ONLY_ON_REQUEST = ("chat_member", "message_reaction", "message_reaction_count")
LONGEST_POLL = 50  # seconds
OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_IS_ON = (
    "can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)


class Webhook(NamedTuple):
    """Where updates are sent; nowhere while the url is empty."""

    url: str = ""
    secret: str = ""


@dataclass(slots=True)
class Poll:
    """A getUpdates request that waits."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    conflict: str = ""


@dataclass(slots=True)
class Updates:
    """The queue; an update stays in it until the bot has confirmed it."""

    waiting: list[dict[str, Any]] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    webhook: Webhook = field(default_factory=Webhook)
    polling: Poll | None = None
    last_id: int = 700_000_000
    wake: Callable[[], object] = lambda: None
    proxies: dict[str, str] = field(default_factory=dict)
    """Local addresses that stand for public addresses."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update, unless the bot wants only other kinds."""
        if kind in self.allowed or (not self.allowed and kind not in ONLY_ON_REQUEST):
            update = {"update_id": self.last_id + 1, kind: content}
            for problem in problems(["Update"], update, "update"):
                raise AssertionError(f"this server made a wrong update: {problem}: {update}")
            self.deliver(update)

    def deliver(self, update: dict[str, Any]) -> None:
        """Queue any update, unchecked; it gets an update_id unless it has one."""
        with self.lock:
            self.last_id = update.get("update_id", self.last_id + 1)
            self.waiting.append({"update_id": self.last_id, **update})
        self.wake()

    def confirm(self, offset: int) -> None:
        """Drop the updates before the offset."""
        with self.lock:
            self.waiting = [each for each in self.waiting if each["update_id"] >= offset]

    async def poll(self, limit: int, seconds: float) -> list[dict[str, Any]]:
        """The first updates, as soon as there are any; none when the time is over."""
        if self.webhook.url:
            raise Refused(409, f"Conflict: {WEBHOOK_IS_ON}")
        self.interrupt(OTHER_POLL)
        mine = self.polling = Poll()
        until = time.monotonic() + min(seconds, LONGEST_POLL)
        while not self.waiting and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(mine.news.wait(), left)
            mine.news.clear()
            if mine.conflict:
                raise Refused(409, f"Conflict: {mine.conflict}")
        if self.polling is mine:
            self.polling = None
        return self.waiting[:limit]

    def interrupt(self, why: str) -> None:
        """End the poll that waits, with a conflict."""
        if self.polling:
            self.polling.conflict = why
            self.polling.news.set()

    async def push(self, news: asyncio.Event) -> None:
        """Send each update to the webhook, in order, and again until it is accepted."""
        pause = 0.02
        # A proxy of the machine's must not see what stays on it.
        async with aiohttp.ClientSession(trust_env=False) as session:
            while True:
                if not (self.webhook.url and self.waiting):
                    await news.wait()
                    news.clear()
                elif await self._is_accepted(session, update := self.waiting[0]):
                    self.confirm(update["update_id"] + 1)
                    pause = 0.02
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, 1)

    async def _is_accepted(self, session: aiohttp.ClientSession, update: object) -> bool:
        hook = self.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        for public, local in self.proxies.items():
            url = hook.url.replace(public, local)
            try:
                async with session.post(url, json=update, headers=headers) as answer:
                    return answer.ok
            except (TimeoutError, aiohttp.ClientError):
                return False
        return False
