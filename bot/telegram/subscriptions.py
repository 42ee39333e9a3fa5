"""What a chat wants to be told by itself: standing questions, and a digest once a day."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

MOST = 20  # standing questions of a chat

_CLOCK = re.compile(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?")


@dataclass(frozen=True, slots=True)
class Watch:
    """A standing question. `seen` is `Library.latest` as it was when the library was looked at."""

    id: int
    chat: int
    topic: int | None
    question: str
    seen: int


@dataclass(frozen=True, slots=True)
class Digest:
    """When a chat is told what is new: at `minute` of the day in a time zone."""

    chat: int
    topic: int | None
    minute: int
    zone: str
    seen: int

    @property
    def clock(self) -> str:
        """The time of day and the zone, as people write them: 8:05 Europe/Berlin."""
        return f"{self.minute // 60}:{self.minute % 60:02} {self.zone}"


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The standing questions and digests in the bot's store."""

    store: sqlite3.Connection

    # -- standing questions

    def watch(self, chat: int, topic: int | None, question: str, seen: int) -> bool:
        """Keep a standing question, and say whether there was room; one that is there stays."""
        watches = self.of_chat(chat)
        if any(watch.question.casefold() == question.casefold() for watch in watches):
            return True
        if len(watches) >= MOST:
            return False
        self.store.execute(
            "INSERT INTO watches (chat, topic, question, seen) VALUES (?, ?, ?, ?)",
            (chat, topic, question, seen),
        )
        return True

    def of_chat(self, chat: int) -> list[Watch]:
        """The standing questions of a chat, oldest first."""
        return list(self._watches("chat = ?", chat))

    def behind(self, latest: int) -> list[Watch]:
        """The standing questions that have not been put to the latest articles."""
        return list(self._watches("seen < ?", latest))

    def unwatch(self, chat: int, id: int) -> bool:
        """Drop a standing question of a chat, and say whether it was there."""
        gone = self.store.execute("DELETE FROM watches WHERE chat = ? AND id = ?", (chat, id))
        return gone.rowcount > 0

    def unwatch_all(self, chat: int) -> None:
        """Drop all standing questions of a chat."""
        self.store.execute("DELETE FROM watches WHERE chat = ?", (chat,))

    def was_notified(self, watch: int, story: int) -> bool:
        """Whether a standing question has been answered with this story before."""
        rows = self.store.execute(
            "SELECT 1 FROM told WHERE watch = ? AND story = ?", (watch, story)
        )
        return rows.fetchone() is not None

    def record_notified(self, watch: int, story: int) -> None:
        """Note that a standing question has been answered with this story."""
        self.store.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (watch, story))

    def seen(self, watch: int, latest: int) -> None:
        """Note that a standing question has been put to all articles up to the latest."""
        self.store.execute("UPDATE watches SET seen = ? WHERE id = ?", (latest, watch))

    # -- digests

    def send_daily(self, digest: Digest, now: datetime) -> None:
        """Keep when a chat wants its digest; where the time has passed today, from tomorrow on."""
        local = now.astimezone(ZoneInfo(digest.zone))
        passed = local.hour * 60 + local.minute >= digest.minute
        self.store.execute(
            "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?)",
            (
                digest.chat,
                digest.topic,
                digest.minute,
                digest.zone,
                digest.seen,
                local.date().isoformat() if passed else None,
            ),
        )

    def send_no_more(self, chat: int) -> bool:
        """Send a chat no digest any longer, and say whether it had one."""
        return self.store.execute("DELETE FROM digests WHERE chat = ?", (chat,)).rowcount > 0

    def digest(self, chat: int) -> Digest | None:
        """When a chat gets its digest; None if it gets none."""
        return next((digest for digest, _ in self._digests() if digest.chat == chat), None)

    def due(self, now: datetime) -> list[Digest]:
        """The digests whose time has come today and that have not been sent today."""
        due = []
        for digest, last in self._digests():
            local = now.astimezone(ZoneInfo(digest.zone))
            sent = last is not None and last >= local.date()
            if not sent and local.hour * 60 + local.minute >= digest.minute:
                due.append(digest)
        return due

    def sent(self, digest: Digest, latest: int, now: datetime) -> None:
        """Note that today's digest is done, with all articles up to the latest."""
        day = now.astimezone(ZoneInfo(digest.zone)).date().isoformat()
        self.store.execute(
            "UPDATE digests SET seen = ?, last = ? WHERE chat = ?", (latest, day, digest.chat)
        )

    # -- chats

    def forget(self, chat: int) -> None:
        """Tell a chat nothing by itself any longer."""
        self.unwatch_all(chat)
        self.store.execute("DELETE FROM digests WHERE chat = ?", (chat,))

    def _watches(self, where: str, value: int) -> Iterator[Watch]:
        rows = self.store.execute(
            f"SELECT id, chat, topic, question, seen FROM watches WHERE {where} ORDER BY id",
            (value,),
        )
        return (Watch(*row) for row in rows.fetchall())

    def _digests(self) -> Iterator[tuple[Digest, date | None]]:
        rows = self.store.execute("SELECT chat, topic, minute, zone, seen, last FROM digests")
        for *fields, last in rows.fetchall():
            yield Digest(*fields), date.fromisoformat(last) if last else None


def minute_of_day(clock: str) -> int | None:
    """The minute of the day that `8`, `8:05` or `20.30` is; None for what is no time of day."""
    match = _CLOCK.fullmatch(clock)
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def zone_named(name: str) -> str | None:
    """The name of a time zone such as Europe/Berlin, rightly spelt; None if there is none."""
    try:
        return str(ZoneInfo(name)) if name.upper() != "UTC" else str(UTC)
    except (KeyError, ValueError, OSError):  # unknown, or no name of a file
        return None
