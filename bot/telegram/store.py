"""The bot's own SQLite file: updates, members, answers, subscriptions and removed articles."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import sqlite3
from collections.abc import Collection
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from bot.telegram.sources import Source
from retrieval import QuotewiseError, RemovedArticle

log = logging.getLogger(__name__)

SCHEMAS = (
    """
    CREATE TABLE updates (
        id INTEGER PRIMARY KEY,
        payload TEXT,                       -- NULL once the update is done
        attempts INTEGER NOT NULL DEFAULT 0, received REAL NOT NULL
    );
    CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT NOT NULL, since REAL NOT NULL);
    CREATE TABLE codes (digest TEXT PRIMARY KEY, expires REAL NOT NULL);
    CREATE TABLE grants (
        chat INTEGER NOT NULL, library TEXT NOT NULL, PRIMARY KEY (chat, library)
    ) WITHOUT ROWID;
    CREATE TABLE answers (
        id TEXT PRIMARY KEY, chat INTEGER NOT NULL, asker INTEGER NOT NULL,
        asked_in INTEGER NOT NULL,          -- the message with the question
        shown_in INTEGER,                   -- the message with the answer
        question TEXT NOT NULL,
        answer TEXT NOT NULL,               -- JSON: where the quotes stand, not what they say
        thumb INTEGER, made REAL NOT NULL
    );
    CREATE INDEX answers_by_message ON answers (chat, asked_in);
    CREATE TABLE offers (
        id TEXT PRIMARY KEY, chat INTEGER NOT NULL, adder INTEGER NOT NULL, source TEXT NOT NULL,
        taken TEXT,                         -- the update with the yes, while articles are added
        made REAL NOT NULL
    );
    """,
    """
    -- How many processes have begun to add it, and were not told to stop before it was done.
    ALTER TABLE offers ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    -- The question as it was understood, where it builds on those before it.
    ALTER TABLE answers ADD COLUMN topic TEXT;
    CREATE TABLE watches (
        id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, topic INTEGER, question TEXT NOT NULL,
        seen INTEGER NOT NULL               -- up to which article the library was looked at
    );
    CREATE TABLE told (
        watch INTEGER NOT NULL REFERENCES watches ON DELETE CASCADE, story INTEGER NOT NULL,
        PRIMARY KEY (watch, story)
    ) WITHOUT ROWID;
    CREATE TABLE digests (
        chat INTEGER PRIMARY KEY, topic INTEGER,
        minute INTEGER NOT NULL,            -- of the day, in the zone
        zone TEXT NOT NULL, seen INTEGER NOT NULL,
        last TEXT                           -- the day of the last one, in the zone
    );
    """,
    """
    -- How many quotes have been sent once More was pressed; 0 before.
    ALTER TABLE answers ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
    """,
    """
    CREATE TABLE adders (                   -- who added which article
        chat INTEGER NOT NULL, article TEXT NOT NULL, person INTEGER NOT NULL,
        PRIMARY KEY (chat, article)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE removals (                 -- that can be undone
        id TEXT PRIMARY KEY, chat INTEGER NOT NULL, title TEXT NOT NULL,
        record TEXT NOT NULL,               -- from which the library puts the article back
        adder INTEGER, removed REAL NOT NULL
    );
    """,
    """
    CREATE TABLE chats (                    -- what a chat has set
        chat INTEGER PRIMARY KEY,
        language TEXT,                      -- of alerts and digests
        adds INTEGER NOT NULL DEFAULT 0     -- 1: sources are added without a question
    );
    ALTER TABLE offers ADD COLUMN shown_in INTEGER;  -- the message with its buttons
    ALTER TABLE offers ADD COLUMN topic INTEGER;
    CREATE TABLE listings (                 -- lists of articles, so that their buttons work
        chat INTEGER NOT NULL, word TEXT NOT NULL, publisher TEXT,
        period TEXT,                        -- 2023 or 2023-05; '' for articles without a date
        id TEXT PRIMARY KEY, made REAL NOT NULL
    );
    """,
)
"""What makes each version of the file out of the one before it."""

CODE_LASTS = 15 * 60  # seconds
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 8
MOST_WATCHES = 20  # watched questions of a chat
UNDO_LASTS = 10 * 60  # seconds
MOST_UNDO_BUTTONS = 3  # below a list of articles
LISTING_LASTS = OFFER_LASTS = 7 * 86_400  # seconds

SUBSCRIPTIONS = ("watches", "digests")
EVERYTHING = (*SUBSCRIPTIONS, "answers", "offers", "adders", "removals", "listings", "chats")
"""The tables of what a chat has, besides its right to talk to the bot."""


class Store(sqlite3.Connection):
    """The open file, which only the event loop uses: threads would see each other's changes."""

    def change(self, statement: str, *values: object) -> int:
        """Execute a statement, which is on the disk then; return how many rows it changed."""
        return self.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[Any]:
        return self.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        """Return the first value of the first row; None without a row."""
        row = self.execute(query, values).fetchone()
        return row and row[0]

    def empty_log(self) -> None:
        """Empty the write-ahead log, which still has the texts that were deleted."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def opened(path: Path) -> Store:
    """Open the file. Raises QuotewiseError if it cannot be opened, or is of a later version."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(path, isolation_level=None, timeout=10, factory=Store)
        # No removed text is left in the file.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            store.execute(f"PRAGMA {pragma}")
        store.execute("PRAGMA foreign_keys = ON")
        version = store.value("PRAGMA user_version")
        if version < len(SCHEMAS):
            later = "".join(SCHEMAS[version:])
            store.executescript(f"BEGIN;{later};PRAGMA user_version = {len(SCHEMAS)};COMMIT;")
    except (sqlite3.Error, OSError) as error:
        raise QuotewiseError(
            f"The bot's file {path} cannot be opened ({error}): check that the folder can be "
            "written, or move the file away to begin with a new one."
        ) from error
    if version > len(SCHEMAS):
        raise QuotewiseError(
            f"{path} was written by a later version of Quotewise: update this one."
        )
    return store


@dataclass(frozen=True, slots=True)
class Tables:
    """Some tables of the file, and what is done with them."""

    store: Store


def belong(store: Store, bot: str) -> None:
    """Bind the file to a bot. If the bot changed, drop what its numbers no longer identify.

    Answers are kept for evaluation, under numbers that no message has.
    """
    known = store.value("SELECT value FROM facts WHERE name = 'bot'")
    if known == bot:
        return
    if known is not None:
        log.warning("the token is another bot's: what the one before it left undone is dropped")
        store.change("DELETE FROM updates")
        store.change("DELETE FROM offers")
        store.change("UPDATE answers SET asked_in = -abs(asked_in), shown_in = NULL")
    store.change("INSERT OR REPLACE INTO facts VALUES ('bot', ?)", bot)


def migrate(store: Store, old: int, new: int, *tables: str) -> None:
    """Give a group's rows to the supergroup it became."""
    for table in tables:
        chat = "id" if table == "members" else "chat"
        store.change(f"UPDATE OR REPLACE {table} SET {chat} = ? WHERE {chat} = ?", new, old)


def drop_rows(store: Store, chat: int, *tables: str) -> None:
    for table in tables:
        store.change(f"DELETE FROM {table} WHERE chat = ?", chat)
    if "removals" in tables:
        store.empty_log()


def expire(store: Store, now: float, answers_days: int | None) -> None:
    """Delete removed articles that can no longer be put back, old lists, offers and answers."""
    if store.change("DELETE FROM removals WHERE removed <= ?", now - UNDO_LASTS):
        store.empty_log()
    store.change("DELETE FROM listings WHERE made <= ?", now - LISTING_LASTS)
    store.change("DELETE FROM offers WHERE made < ? AND taken IS NULL", now - OFFER_LASTS)
    if answers_days is not None:
        store.change("DELETE FROM answers WHERE made < ?", now - answers_days * 86_400)


def own_library(chat: int) -> str:
    """Name the library that belongs to a chat and to no other."""
    return f"chat:{chat}"


@dataclass(frozen=True, slots=True)
class Access(Tables):
    """Who may talk to the bot, and which libraries a chat reads besides its own.

    The settings name the administrators. A member is a person, or a group with everybody in it.
    """

    administrators: Collection[int]

    def is_administrator(self, person: int) -> bool:
        return person in self.administrators

    def may_ask(self, chat: int, person: int) -> bool:
        if self.is_administrator(person):
            return True
        return bool(self.store.rows("SELECT 1 FROM members WHERE id IN (?, ?)", chat, person))

    def new_code(self, now: float) -> str:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        self.store.change("DELETE FROM codes WHERE expires < ?", now)
        self.store.change("INSERT INTO codes VALUES (?, ?)", _digest(code), now + CODE_LASTS)
        return code

    def use_code(self, code: str, chat: int, name: str, now: float) -> bool:
        """Make a chat a member if the code is good, and use the code up."""
        used = self.store.change(
            "DELETE FROM codes WHERE digest = ? AND expires >= ?", _digest(code), now
        )
        if used:
            self.store.change("INSERT OR REPLACE INTO members VALUES (?, ?, ?)", chat, name, now)
        return bool(used)

    def members(self) -> dict[int, str]:
        """Return the ids and names of the members, the latest first."""
        return dict(self.store.rows("SELECT id, name FROM members ORDER BY since DESC"))

    def put_out(self, chat: int) -> None:
        """Remove a member, the shared libraries it was granted, and its subscriptions."""
        self.store.change("DELETE FROM members WHERE id = ?", chat)
        drop_rows(self.store, chat, "grants", *SUBSCRIPTIONS)

    def scope(self, chat: int) -> list[str]:
        """Return the libraries a chat may read: its own first, then those granted."""
        granted = "SELECT library FROM grants WHERE chat = ? ORDER BY library"
        return [own_library(chat), *(library for (library,) in self.store.rows(granted, chat))]

    def grant(self, chat: int, library: str) -> None:
        self.store.change("INSERT OR IGNORE INTO grants VALUES (?, ?)", chat, library)

    def revoke(self, chat: int, library: str) -> bool:
        revoked = "DELETE FROM grants WHERE chat = ? AND library = ?"
        return bool(self.store.change(revoked, chat, library))


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Watch:
    """A watched question. `seen` is the `Library.latest` up to which it has been asked."""

    id: int
    chat: int
    topic: int | None
    question: str
    seen: int


@dataclass(frozen=True, slots=True)
class Digest:
    """When a chat gets its digest: at `minute` of the day in a time zone."""

    chat: int
    topic: int | None
    minute: int
    zone: str
    seen: int
    last: str | None = None
    """The day of the last one, in the zone."""

    @property
    def clock(self) -> str:
        """Write the time of day and the zone as people do: 8:05 Europe/Berlin."""
        return f"{self.minute // 60}:{self.minute % 60:02} {self.zone}"

    def due(self, now: datetime) -> str | None:
        """Return the day in its zone if its time has come on that day and it was not sent."""
        local = now.astimezone(ZoneInfo(self.zone))
        day, tomorrow = (str(local.date() + timedelta(days)) for days in (0, 1))
        is_sent = self.last is not None and day <= self.last <= tomorrow  # later: by a wrong clock
        has_come = local.hour * 60 + local.minute >= self.minute
        return day if has_come and not is_sent else None


class Subscriptions(Tables):
    """Watched questions and digests."""

    def watch(self, chat: int, topic: int | None, question: str, seen: int) -> bool:
        """Add a watched question, unless it is watched already; return False without room."""
        watches = self.of_chat(chat)
        if any(watch.question.casefold() == question.casefold() for watch in watches):
            return True
        if len(watches) >= MOST_WATCHES:
            return False
        columns = "(chat, topic, question, seen) VALUES (?, ?, ?, ?)"
        self.store.change(f"INSERT INTO watches {columns}", chat, topic, question, seen)
        return True

    def of_chat(self, chat: int) -> list[Watch]:
        return self._watches("chat = ?", chat)

    def behind(self, latest: int) -> list[Watch]:
        """Return the watched questions that were not asked of the latest articles yet."""
        return self._watches("seen < ?", latest)

    def _watches(self, where: str, value: int) -> list[Watch]:
        rows = self.store.rows(f"SELECT * FROM watches WHERE {where} ORDER BY id", value)
        return [Watch(*row) for row in rows]

    def unwatch(self, chat: int, id: int) -> bool:
        return self.store.change("DELETE FROM watches WHERE chat = ? AND id = ?", chat, id) > 0

    def was_notified(self, watch: int, story: int) -> bool:
        query = "SELECT 1 FROM told WHERE watch = ? AND story = ?"
        return bool(self.store.rows(query, watch, story))

    def record_notified(self, watch: int, story: int) -> None:
        self.store.change("INSERT OR IGNORE INTO told VALUES (?, ?)", watch, story)

    def seen(self, watch: int, latest: int) -> None:
        """Record that a question was asked of all articles up to the latest."""
        self.store.change("UPDATE watches SET seen = ? WHERE id = ?", latest, watch)

    def send_daily(self, digest: Digest, now: datetime) -> None:
        """Set when a chat gets its digest: from tomorrow on if the time has passed today."""
        digest = replace(digest, last=digest.due(now))
        marks = ", ".join("?" * len(astuple(digest)))
        self.store.change(f"INSERT OR REPLACE INTO digests VALUES ({marks})", *astuple(digest))

    def digest(self, chat: int) -> Digest | None:
        rows = self.store.rows("SELECT * FROM digests WHERE chat = ?", chat)
        return Digest(*rows[0]) if rows else None

    def due(self, now: datetime) -> list[Digest]:
        """Return the digests whose time has come today and that were not sent today."""
        digests = [Digest(*row) for row in self.store.rows("SELECT * FROM digests")]
        return [digest for digest in digests if digest.due(now)]

    def sent(self, digest: Digest, latest: int, now: datetime) -> None:
        """Record that today's digest was sent, with all articles up to the latest."""
        values = (latest, digest.due(now), digest.chat)
        self.store.change("UPDATE digests SET seen = ?, last = ? WHERE chat = ?", *values)


def minute_of_day(clock: str) -> int | None:
    """Read `8`, `8:05` or `20.30` as a minute of the day; None for anything else."""
    match = re.fullmatch(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?", clock)
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def zone_named(name: str) -> str | None:
    """Return the name of a time zone such as Europe/Berlin; None if no zone has it."""
    try:
        return str(ZoneInfo(name)) if name.upper() != "UTC" else str(UTC)
    except (KeyError, ValueError, OSError):  # unknown, or no name of a file
        return None


class ChatSettings(Tables):
    def language(self, chat: int) -> str | None:
        """Return the language of a chat's alerts and digests; None for the default."""
        query = "SELECT language FROM chats WHERE chat = ?"
        return cast("str | None", self.store.value(query, chat))

    def set_language(self, chat: int, language: str) -> None:
        self._set(chat, "language", language)

    def adds_at_once(self, chat: int) -> bool:
        return bool(self.store.value("SELECT adds FROM chats WHERE chat = ?", chat))

    def set_adds_at_once(self, chat: int, value: bool) -> None:
        self._set(chat, "adds", value)

    def _set(self, chat: int, column: str, value: object) -> None:
        self.store.change(
            f"INSERT INTO chats (chat, {column}) VALUES (?, ?)"
            f" ON CONFLICT (chat) DO UPDATE SET {column} = excluded.{column}",
            *(chat, value),
        )


class Listing(NamedTuple):
    """A list of a chat's articles: those with a word, of a publisher and of a period.

    `publisher` and `period` are None for any, and empty for articles without one. A period is a
    year or a month in ISO 8601.
    """

    chat: int
    word: str = ""
    publisher: str | None = None
    period: str | None = None
    id: str = ""

    @property
    def filters(self) -> tuple[str, str | None, str | None]:
        return self.word, self.publisher, self.period

    @property
    def is_filtered(self) -> bool:
        """Return whether it may lack an article of the chat."""
        return self.filters != ("", None, None)

    def filtered(self, field: str, value: str | None) -> Listing:
        """Return the list with another `publisher` or `period`; None for any."""
        changed: dict[str, Any] = {field: value}
        return self._replace(**changed)


class Listings(Tables):
    """The lists of articles that buttons belong to."""

    def add(self, listing: Listing, now: float) -> Listing:
        """Store a list for a while, and return it with its id, which equal lists share."""
        *fields, _ = listing
        id = hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:12]
        insert = "INSERT OR REPLACE INTO listings VALUES (?, ?, ?, ?, ?, ?)"
        self.store.change(insert, *fields, id, now)
        return listing._replace(id=id)

    def listing(self, chat: int, id: str) -> Listing | None:
        query = "SELECT chat, word, publisher, period, id FROM listings WHERE chat = ? AND id = ?"
        rows = self.store.rows(query, chat, id)
        return Listing(*rows[0]) if rows else None


class Addition(NamedTuple):
    """Sources that a person sent to a chat, which wait for a yes or are being added."""

    id: str
    chat: int
    adder: int
    """Who may say yes; 0 for everybody in the chat."""
    sources: tuple[Source, ...]
    made: float
    """When the last of them was written."""
    topic: int | None = None
    shown_in: int | None = None
    """The bot's message that asks, and then reports."""
    taken: str | None = None
    """The JSON of the update with the yes, while they are added."""
    attempts: int = 0


class Additions(Tables):
    """What people sent, until it is added or declined."""

    def of_person(self, chat: int, adder: int, topic: int | None, since: float) -> list[Addition]:
        """Return what a person has sent since then, latest first."""
        where = "chat = ? AND adder = ? AND topic IS ? AND made >= ? ORDER BY made DESC"
        return self._additions(where, chat, adder, topic, since)

    def with_id(self, id: str) -> Addition | None:
        """Return an addition; None if it is done, was declined or is forgotten."""
        return next(iter(self._additions("id = ?", id)), None)

    def begun(self) -> list[Addition]:
        return self._additions("taken IS NOT NULL")

    def _additions(self, where: str, *values: object) -> list[Addition]:
        columns = "id, chat, adder, source, made, topic, shown_in, taken, attempts"
        rows = self.store.rows(f"SELECT {columns} FROM offers WHERE {where}", *values)
        return [Addition._make([*row[:3], _sources(row[3]), *row[4:]]) for row in rows]

    def save(self, addition: Addition) -> None:
        """Store sources that wait for a yes, in place of those with the same id."""
        sources = json.dumps([asdict(source) for source in addition.sources])
        self.store.change(
            "INSERT OR REPLACE INTO offers (id, chat, adder, source, made, topic, shown_in)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(*addition[:3], sources, *addition[4:7]),
        )

    def shown(self, id: str, message: int) -> None:
        """Record which message of the bot asks, or reports."""
        self.store.change("UPDATE offers SET shown_in = ? WHERE id = ?", message, id)

    def begin(self, id: str, update: int) -> bool:
        """Record the update with the yes, which is not done; return False if there was one."""
        taken = "UPDATE offers SET taken = (SELECT payload FROM updates WHERE id = ?), attempts = 1"
        return self.store.change(f"{taken} WHERE id = ? AND taken IS NULL", update, id) > 0

    def begin_again(self, id: str) -> None:
        self.store.change("UPDATE offers SET attempts = attempts + 1 WHERE id = ?", id)

    def forgive_attempts(self) -> None:
        self.store.change("UPDATE offers SET attempts = 0 WHERE taken IS NOT NULL")

    def drop(self, id: str) -> None:
        self.store.change("DELETE FROM offers WHERE id = ?", id)

    def migrate(self, old: int, new: int) -> None:
        """Give a group's additions to the supergroup it became, which has not its messages."""
        self.store.change("UPDATE offers SET shown_in = NULL WHERE chat = ? AND taken IS NULL", old)
        migrate(self.store, old, new, "offers")


def _sources(stored: str) -> tuple[Source, ...]:
    """Read stored sources; earlier versions stored one object."""
    read = json.loads(stored)
    return tuple(Source(**fields) for fields in (read if isinstance(read, list) else [read]))


class Removal(NamedTuple):
    """A removed article, as the library takes it back, and the person who had added it."""

    title: str
    record: str
    adder: int | None


class ArticleNotes(Tables):
    """Who added which article, and the removed articles that can still be put back."""

    def set_adder(self, chat: int, article: str, person: int | None) -> None:
        """Record who added an article; None if nobody knows."""
        self.store.change("DELETE FROM adders WHERE chat = ? AND article = ?", chat, article)
        if person:
            self.store.change("INSERT INTO adders VALUES (?, ?, ?)", chat, article, person)

    def adder(self, chat: int, article: str) -> int | None:
        """Return the person who added an article; None if nobody knows."""
        query = "SELECT person FROM adders WHERE chat = ? AND article = ?"
        return cast("int | None", self.store.value(query, chat, article))

    def add_removal(self, chat: int, removed: RemovedArticle, now: float) -> str:
        """Keep a removed article for a while; return the id for its Undo button."""
        id, article = secrets.token_urlsafe(9), removed.article
        values = (id, chat, article.title, removed.record, self.adder(chat, article.id), now)
        self.store.change("INSERT INTO removals VALUES (?, ?, ?, ?, ?, ?)", *values)
        self.set_adder(chat, article.id, None)
        return id

    def removal(self, chat: int, id: str, now: float) -> Removal | None:
        """Return a removal of a chat; None if it was undone, or is too long ago."""
        rows = self.store.rows(
            "SELECT title, record, adder FROM removals WHERE chat = ? AND id = ? AND removed > ?",
            *(chat, id, now - UNDO_LASTS),
        )
        return Removal(*rows[0]) if rows else None

    def latest_removals(self, chat: int, now: float) -> list[tuple[str, str]]:
        """Return the ids and titles of a chat's last removals, latest first."""
        return self.store.rows(
            "SELECT id, title FROM removals WHERE chat = ? AND removed > ?"
            f" ORDER BY removed DESC LIMIT {MOST_UNDO_BUTTONS}",
            *(chat, now - UNDO_LASTS),
        )

    def drop_removal(self, id: str) -> None:
        self.store.change("DELETE FROM removals WHERE id = ?", id)
