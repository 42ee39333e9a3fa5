"""The bot's own state: updates, members, answers, subscriptions and removed articles.

It is in a SQLite file or in PostgreSQL, where several processes share it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.telegram.sources import Source
from retrieval import Database, RemovedArticle, Schema

log = logging.getLogger(__name__)

T = TypeVar("T")

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
    -- The message with its buttons.
    ALTER TABLE offers ADD COLUMN shown_in INTEGER;
    ALTER TABLE offers ADD COLUMN topic INTEGER;
    CREATE TABLE listings (                 -- lists of articles, so that their buttons work
        chat INTEGER NOT NULL, word TEXT NOT NULL, publisher TEXT,
        period TEXT,                        -- 2023 or 2023-05; '' for articles without a date
        id TEXT PRIMARY KEY, made REAL NOT NULL
    );
    """,
    """
    ALTER TABLE updates ADD COLUMN lane INTEGER;
    CREATE INDEX updates_by_lane ON updates (lane, id) WHERE payload IS NOT NULL;
    CREATE TABLE events (                   -- what happened last in a chat, see `Events`
        kind TEXT NOT NULL, chat INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
        made REAL NOT NULL, PRIMARY KEY (kind, chat, name)
    ) WITHOUT ROWID;
    CREATE TABLE requests (                 -- what people did, for throttles
        kind TEXT NOT NULL, who INTEGER NOT NULL, what TEXT NOT NULL, moment REAL NOT NULL,
        PRIMARY KEY (kind, who, what)
    ) WITHOUT ROWID;
    CREATE INDEX requests_by_moment ON requests (moment);
    CREATE TABLE outgoing (                 -- used in PostgreSQL only, see `SharedLimits`
        chat INTEGER PRIMARY KEY, moments TEXT NOT NULL
    );
    """,
)
"""What makes each version of a SQLite file out of the one before it."""

TABLES = sa.MetaData()
"""The same tables, as PostgreSQL has them."""


def _table(
    name: str,
    key: str,
    *more: sa.schema.SchemaItem,
    numbers: str = "",
    texts: str = "",
    times: str = "",
) -> sa.Table:
    """A table with these columns, some of which are its key. One with a question mark may be null.

    Times are seconds since 1970.
    """
    kinds: dict[str, Any] = {numbers: sa.BigInteger, texts: sa.Text, times: sa.Double}
    columns = [
        sa.Column(column.rstrip("?"), kind, nullable="?" in column, autoincrement=False)
        for names, kind in kinds.items()
        for column in names.split()
    ]
    return sa.Table(name, TABLES, *columns, *more, sa.PrimaryKeyConstraint(*key.split()))


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


updates = _table(
    "updates",
    "id",
    _count("attempts"),
    sa.Index("updates_by_lane", "lane", "id", postgresql_where=sa.text("payload IS NOT NULL")),
    numbers="id lane?",
    texts="payload?",
    times="received",
)
members = _table("members", "id", numbers="id", texts="name", times="since")
codes = _table("codes", "digest", texts="digest", times="expires")
grants = _table("grants", "chat library", numbers="chat", texts="library")
answers = _table(
    "answers",
    "id",
    _count("sent"),
    sa.Index("answers_by_message", "chat", "asked_in"),
    numbers="chat asker asked_in shown_in? thumb?",
    texts="id question topic? answer",
    times="made",
)
additions = _table(
    "offers",
    "id",
    _count("attempts"),
    numbers="chat adder topic? shown_in?",
    texts="id source taken?",
    times="made",
)
facts = _table("facts", "name", texts="name value")
watches = _table(
    "watches",
    "id",
    sa.Column("id", sa.BigInteger, sa.Identity()),
    numbers="chat topic? seen",
    texts="question",
)
notified = _table(
    "told",
    "watch story",
    sa.ForeignKeyConstraint(["watch"], ["watches.id"], ondelete="CASCADE"),
    numbers="watch story",
)
digests = _table("digests", "chat", numbers="chat topic? minute seen", texts="zone last?")
adders = _table("adders", "chat article", numbers="chat person", texts="article")
removals = _table("removals", "id", numbers="chat adder?", texts="id title record", times="removed")
chats = _table("chats", "chat", _count("adds"), numbers="chat", texts="language?")
listings = _table(
    "listings", "id", numbers="chat", texts="id word publisher? period?", times="made"
)
events = _table("events", "kind chat name", numbers="chat value", texts="kind name", times="made")
requests = _table(
    "requests",
    "kind who what",
    sa.Index("requests_by_moment", "moment"),
    numbers="who",
    texts="kind what",
    times="moment",
)
outgoing = _table(
    "outgoing",
    "chat",
    sa.Column("moments", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
    numbers="chat",
)

STORE = Schema("quotewise_telegram", TABLES, SCHEMAS, leaves_nothing=True)

CODE_LASTS = 15 * 60  # seconds
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 8
MOST_WATCHES = 20  # watched questions of a chat
UNDO_LASTS = 10 * 60  # seconds
MOST_UNDO_BUTTONS = 3  # below a list of articles
LISTING_LASTS = OFFER_LASTS = EVENT_LASTS = 7 * 86_400  # seconds
REQUEST_LASTS = 86_400  # seconds, for which Telegram keeps messages that the bot has not read

SUBSCRIPTIONS = ("watches", "digests")
EVERYTHING = (*SUBSCRIPTIONS, "answers", "offers", "adders", "removals", "listings", "chats")
"""The tables of what a chat has, besides its right to talk to the bot."""


class Store(Database):
    """The bot's tables. Only the event loop changes them."""

    def put(self, table: sa.Table, **values: object) -> None:
        """Insert a row, or change the row that has its key."""
        insert = self.insert(table).values(values)
        keys = list(table.primary_key)
        self.change(insert.on_conflict_do_update(index_elements=keys, set_=values))

    def put_new(self, table: sa.Table, **values: object) -> None:
        """Insert a row, unless one has its key."""
        self.change(self.insert(table).values(values).on_conflict_do_nothing())

    def update(self, table: sa.Table, *where: sa.ColumnElement[bool], **values: object) -> int:
        """Change rows; return how many."""
        return self.change(sa.update(table).where(*where).values(values))

    def delete(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        """Delete rows; return how many."""
        return self.change(sa.delete(table).where(*where))

    def has(self, *where: sa.ColumnElement[bool]) -> bool:
        """Return whether a table has a row."""
        return bool(self.scalar(sa.select(sa.exists().where(*where))))

    def records(self, kind: Callable[..., T], query: sa.Select[Any]) -> list[T]:
        """Return the rows of a query as records, whose fields are called as its columns."""
        return [kind(**row._mapping) for row in self.rows(query)]

    def empty_log(self) -> None:
        """Empty the write-ahead log of a file, which still has the texts that were deleted."""
        if not self.is_shared:
            self.first_row(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))


def opened(place: Path | str) -> Store:
    """Open the file at a path, or the database at a URL; what does not exist is made.

    Raises QuotewiseError if it cannot be written, or is of a later version.
    """
    store = Store(place, STORE)
    store.check_writable()
    return store


@dataclass(frozen=True, slots=True)
class Tables:
    """Some tables, and what is done with them."""

    store: Store


def is_of_another(store: Store, bot: str) -> bool:
    """Return whether the store belongs to another bot."""
    return store.scalar(sa.select(facts.c.value).where(facts.c.name == "bot")) not in (None, bot)


def belong(store: Store, bot: str) -> None:
    """Bind the store to a bot. If the bot changed, drop what its numbers no longer identify.

    Answers are kept for evaluation, under numbers that no message has.
    """
    with store.transaction():
        known = store.scalar(sa.select(facts.c.value).where(facts.c.name == "bot"))
        if known == bot:
            return
        if known is not None:
            log.warning("the token is another bot's: what the one before it left undone is dropped")
            for table in (updates, additions, events, requests, outgoing):
                store.delete(table)
            numbers = {"asked_in": -sa.func.abs(answers.c.asked_in), "shown_in": None}
            store.update(answers, **numbers)
        store.put(facts, name="bot", value=bot)


def migrate(store: Store, old: int, new: int, *tables: str) -> None:
    """Give a group's rows to the supergroup it became, in place of those with the same key."""
    with store.transaction():
        for name in tables:
            table, chat = TABLES.tables[name], "id" if name == "members" else "chat"
            earlier = table.alias()
            others = [key.name for key in table.primary_key if key.name != chat]
            is_same = [earlier.c[key] == table.c[key] for key in others]
            is_replaced = sa.exists().where(earlier.c[chat] == old, *is_same)
            store.delete(table, table.c[chat] == new, is_replaced)
            store.update(table, table.c[chat] == old, **{chat: new})


def drop_rows(store: Store, chat: int, *tables: str) -> None:
    with store.transaction():
        for name in tables:
            table = TABLES.tables[name]
            store.delete(table, table.c.chat == chat)
    if "removals" in tables:
        store.empty_log()


def expire(store: Store, now: float, answers_days: int | None) -> None:
    """Delete removed articles that can no longer be put back, and other rows that are too old."""
    if store.delete(removals, removals.c.removed <= now - UNDO_LASTS):
        store.empty_log()
    store.delete(listings, listings.c.made <= now - LISTING_LASTS)
    store.delete(additions, additions.c.made < now - OFFER_LASTS, additions.c.taken.is_(None))
    store.delete(events, events.c.made < now - EVENT_LASTS)
    store.delete(requests, requests.c.moment < now - REQUEST_LASTS)
    if store.is_shared:
        minute_ago = sa.func.clock_timestamp() - timedelta(minutes=1)
        store.delete(outgoing, outgoing.c.moments[1] < minute_ago)
    if answers_days is not None:
        store.delete(answers, answers.c.made < now - answers_days * 86_400)


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
        return self.is_administrator(person) or self.store.has(members.c.id.in_([chat, person]))

    def new_code(self, now: float) -> str:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        self.store.delete(codes, codes.c.expires < now)
        self.store.put(codes, digest=_digest(code), expires=now + CODE_LASTS)
        return code

    def use_code(self, code: str, chat: int, name: str, now: float) -> bool:
        """Make a chat a member if the code is good, and use the code up."""
        used = self.store.delete(codes, codes.c.digest == _digest(code), codes.c.expires >= now)
        if used:
            self.store.put(members, id=chat, name=name, since=now)
        return bool(used)

    def members(self) -> dict[int, str]:
        """Return the ids and names of the members, the latest first."""
        latest_first = sa.select(members).order_by(members.c.since.desc())
        return {member.id: member.name for member in self.store.rows(latest_first)}

    def put_out(self, chat: int) -> None:
        """Remove a member, the shared libraries it was granted, and its subscriptions."""
        self.store.delete(members, members.c.id == chat)
        drop_rows(self.store, chat, "grants", *SUBSCRIPTIONS)

    def scope(self, chat: int) -> list[str]:
        """Return the libraries a chat may read: its own first, then those granted."""
        granted = sa.select(grants.c.library).where(grants.c.chat == chat)
        return [own_library(chat), *sorted(row.library for row in self.store.rows(granted))]

    def grant(self, chat: int, library: str) -> None:
        self.store.put_new(grants, chat=chat, library=library)

    def revoke(self, chat: int, library: str) -> bool:
        return self.store.delete(grants, grants.c.chat == chat, grants.c.library == library) > 0


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
        watched = self.of_chat(chat)
        if any(watch.question.casefold() == question.casefold() for watch in watched):
            return True
        if len(watched) >= MOST_WATCHES:
            return False
        new = {"chat": chat, "topic": topic, "question": question, "seen": seen}
        self.store.change(sa.insert(watches).values(new))
        return True

    def of_chat(self, chat: int) -> list[Watch]:
        return self._watches(watches.c.chat == chat)

    def behind(self, latest: int) -> list[Watch]:
        """Return the watched questions that were not asked of the latest articles yet."""
        return self._watches(watches.c.seen < latest)

    def _watches(self, where: sa.ColumnElement[bool]) -> list[Watch]:
        return self.store.records(Watch, sa.select(watches).where(where).order_by(watches.c.id))

    def unwatch(self, chat: int, id: int) -> bool:
        return self.store.delete(watches, watches.c.chat == chat, watches.c.id == id) > 0

    def was_notified(self, watch: int, story: int) -> bool:
        return self.store.has(notified.c.watch == watch, notified.c.story == story)

    def record_notified(self, watch: int, story: int) -> None:
        self.store.put_new(notified, watch=watch, story=story)

    def seen(self, watch: int, latest: int) -> None:
        """Record that a question was asked of all articles up to the latest."""
        self.store.update(watches, watches.c.id == watch, seen=latest)

    def send_daily(self, digest: Digest, now: datetime) -> None:
        """Set when a chat gets its digest: from tomorrow on if the time has passed today."""
        self.store.put(digests, **asdict(replace(digest, last=digest.due(now))))

    def digest(self, chat: int) -> Digest | None:
        return next(iter(self._digests(digests.c.chat == chat)), None)

    def due(self, now: datetime) -> list[Digest]:
        """Return the digests whose time has come today and that were not sent today."""
        return [digest for digest in self._digests() if digest.due(now)]

    def _digests(self, *where: sa.ColumnElement[bool]) -> list[Digest]:
        return self.store.records(Digest, sa.select(digests).where(*where))

    def sent(self, digest: Digest, latest: int, now: datetime) -> None:
        """Record that today's digest was sent, with all articles up to the latest."""
        is_of_chat = digests.c.chat == digest.chat
        self.store.update(digests, is_of_chat, seen=latest, last=digest.due(now))


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
        query = sa.select(chats.c.language).where(chats.c.chat == chat)
        return cast("str | None", self.store.scalar(query))

    def set_language(self, chat: int, language: str) -> None:
        self.store.put(chats, chat=chat, language=language)

    def adds_at_once(self, chat: int) -> bool:
        return self.store.has(chats.c.chat == chat, chats.c.adds == 1)

    def set_adds_at_once(self, chat: int, value: bool) -> None:
        self.store.put(chats, chat=chat, adds=int(value))


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
        listing = listing._replace(id=id)
        self.store.put(listings, **listing._asdict(), made=now)
        return listing

    def listing(self, chat: int, id: str) -> Listing | None:
        columns = [listings.c[field] for field in Listing._fields]
        query = sa.select(*columns).where(listings.c.chat == chat, listings.c.id == id)
        return next(iter(self.store.records(Listing, query)), None)


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
        return self._additions(
            additions.c.chat == chat,
            additions.c.adder == adder,
            additions.c.topic.is_not_distinct_from(topic),
            additions.c.made >= since,
        )

    def with_id(self, id: str) -> Addition | None:
        """Return an addition; None if it is done, was declined or is forgotten."""
        return next(iter(self._additions(additions.c.id == id)), None)

    def begun(self) -> list[Addition]:
        return self._additions(additions.c.taken.is_not(None))

    def _additions(self, *where: sa.ColumnElement[bool]) -> list[Addition]:
        latest_first = sa.select(additions).where(*where).order_by(additions.c.made.desc())
        return self.store.records(_addition, latest_first)

    def save(self, addition: Addition) -> None:
        """Store sources that wait for a yes, in place of those with the same id."""
        values = addition._asdict()
        sources = json.dumps([asdict(source) for source in values.pop("sources")])
        self.store.put(additions, **values, source=sources)

    def shown(self, id: str, message: int) -> None:
        """Record which message of the bot asks, or reports."""
        self.store.update(additions, additions.c.id == id, shown_in=message)

    def begin(self, id: str, update: int) -> bool:
        """Record the update with the yes, which is not done; return False if there was one."""
        payload = sa.select(updates.c.payload).where(updates.c.id == update).scalar_subquery()
        is_new = additions.c.taken.is_(None)
        return (
            self.store.update(additions, additions.c.id == id, is_new, taken=payload, attempts=1)
            > 0
        )

    def begin_again(self, id: str) -> None:
        self.store.update(additions, additions.c.id == id, attempts=additions.c.attempts + 1)

    def forgive_attempts(self, ids: Collection[str]) -> None:
        self.store.update(additions, additions.c.id.in_(ids), attempts=0)

    def are_for(self, chat: int) -> bool:
        """Return whether a chat has sources that wait or are being added."""
        return self.store.has(additions.c.chat == chat)

    def drop(self, id: str) -> None:
        self.store.delete(additions, additions.c.id == id)

    def migrate(self, old: int, new: int) -> None:
        """Give a group's additions to the supergroup it became, which has not its messages."""
        waits = additions.c.taken.is_(None)
        self.store.update(additions, additions.c.chat == old, waits, shown_in=None)
        migrate(self.store, old, new, "offers")


def _addition(source: str, **fields: Any) -> Addition:
    """Read a row; earlier versions stored one object for its sources."""
    read = json.loads(source)
    sources = tuple(Source(**each) for each in (read if isinstance(read, list) else [read]))
    return Addition(sources=sources, **fields)


class Removal(NamedTuple):
    """A removed article, as the library takes it back, and the person who had added it."""

    title: str
    record: str
    adder: int | None


class ArticleNotes(Tables):
    """Who added which article, and the removed articles that can still be put back."""

    def set_adder(self, chat: int, article: str, person: int | None) -> None:
        """Record who added an article; None if nobody knows."""
        if person:
            self.store.put(adders, chat=chat, article=article, person=person)
        else:
            self.store.delete(adders, adders.c.chat == chat, adders.c.article == article)

    def adder(self, chat: int, article: str) -> int | None:
        """Return the person who added an article; None if nobody knows."""
        is_it = adders.c.chat == chat, adders.c.article == article
        return cast("int | None", self.store.scalar(sa.select(adders.c.person).where(*is_it)))

    def add_removal(self, chat: int, removed: RemovedArticle, now: float) -> str:
        """Keep a removed article for a while; return the id for its Undo button."""
        id, article = secrets.token_urlsafe(9), removed.article
        removal = Removal(article.title, removed.record, self.adder(chat, article.id))
        self.store.put(removals, id=id, chat=chat, removed=now, **removal._asdict())
        self.set_adder(chat, article.id, None)
        return id

    def removal(self, chat: int, id: str, now: float) -> Removal | None:
        """Return a removal of a chat; None if it was undone, or is too long ago."""
        columns = [removals.c[field] for field in Removal._fields]
        query = sa.select(*columns).where(removals.c.id == id, *_undoable(chat, now))
        return next(iter(self.store.records(Removal, query)), None)

    def latest_removals(self, chat: int, now: float) -> list[tuple[str, str]]:
        """Return the ids and titles of a chat's last removals, latest first."""
        query = sa.select(removals.c.id, removals.c.title).where(*_undoable(chat, now))
        latest = query.order_by(removals.c.removed.desc()).limit(MOST_UNDO_BUTTONS)
        return [(row.id, row.title) for row in self.store.rows(latest)]

    def drop_removal(self, id: str) -> None:
        self.store.delete(removals, removals.c.id == id)


def _undoable(chat: int, now: float) -> tuple[sa.ColumnElement[bool], ...]:
    return removals.c.chat == chat, removals.c.removed > now - UNDO_LASTS


class Events(Tables):
    """What happened last in a chat, which every process must know for a while.

    The chat was `forgotten`: the value differs each time. A group has `moved`: the value is the
    supergroup it became. A person, who is the name, has sent /new: the value of `new` is that
    message. An `album`, which is the name, has come: the value is its first message. Updates of a
    supergroup wait for those of the group that it was: the value of `lane` is that group.
    """

    def value(self, kind: str, chat: int, name: object = "") -> int | None:
        key = events.c.kind == kind, events.c.chat == chat, events.c.name == str(name)
        return cast("int | None", self.store.scalar(sa.select(events.c.value).where(*key)))

    def forget(self, kind: str, value: int) -> None:
        """Delete what has this value."""
        self.store.delete(events, events.c.kind == kind, events.c.value == value)

    def record(self, kind: str, chat: int, value: int, name: object = "") -> None:
        event = {"kind": kind, "chat": chat, "name": str(name), "value": value}
        with self.store.transaction():  # nothing of another transaction is done meanwhile
            self.store.put(events, **event, made=time.time())

    def first(self, kind: str, chat: int, value: int, name: object) -> int:
        """Record the value unless there is an earlier one; return which it is."""
        event = {"kind": kind, "chat": chat, "name": str(name), "value": value}
        self.store.put_new(events, **event, made=time.time())
        return cast(int, self.value(kind, chat, name))
