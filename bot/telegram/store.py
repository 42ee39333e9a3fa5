"""The bot's own SQLite file: what reached it, who may talk to it, and what it answered."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from retrieval import QuotewiseError

log = logging.getLogger(__name__)

FIRST_SCHEMA = """
CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    payload TEXT,                       -- NULL once the update is done
    attempts INTEGER NOT NULL DEFAULT 0,
    received REAL NOT NULL
);
CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT NOT NULL, since REAL NOT NULL);
CREATE TABLE codes (digest TEXT PRIMARY KEY, expires REAL NOT NULL);
CREATE TABLE grants (
    chat INTEGER NOT NULL, library TEXT NOT NULL, PRIMARY KEY (chat, library)
) WITHOUT ROWID;
CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    chat INTEGER NOT NULL,
    asker INTEGER NOT NULL,
    asked_in INTEGER NOT NULL,          -- the message with the question
    shown_in INTEGER,                   -- the message with the answer
    question TEXT NOT NULL,
    answer TEXT NOT NULL,               -- JSON: where the quotes stand, not what they say
    thumb INTEGER,
    made REAL NOT NULL
);
CREATE INDEX answers_by_message ON answers (chat, asked_in);
CREATE TABLE offers (
    id TEXT PRIMARY KEY, chat INTEGER NOT NULL, adder INTEGER NOT NULL, source TEXT NOT NULL,
    taken TEXT,                         -- the update with the yes, while the articles are added
    made REAL NOT NULL
);
"""

STEADY_SCHEMA = """
-- How many processes have begun to add it, and were not told to stop before it was done.
ALTER TABLE offers ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

WATCHES_SCHEMA = """
-- The question as it was understood, where it builds on those before it.
ALTER TABLE answers ADD COLUMN topic TEXT;
CREATE TABLE watches (
    id INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL,
    topic INTEGER,
    question TEXT NOT NULL,
    seen INTEGER NOT NULL               -- up to which article the library was looked at
);
CREATE TABLE told (
    watch INTEGER NOT NULL REFERENCES watches ON DELETE CASCADE,
    story INTEGER NOT NULL,
    PRIMARY KEY (watch, story)
) WITHOUT ROWID;
CREATE TABLE digests (
    chat INTEGER PRIMARY KEY,
    topic INTEGER,
    minute INTEGER NOT NULL,            -- of the day, in the zone
    zone TEXT NOT NULL,
    seen INTEGER NOT NULL,
    last TEXT                           -- the day of the last one, in the zone
);
"""

MORE_SCHEMA = """
-- How many quotes have been sent once More was pressed; 0 before.
ALTER TABLE answers ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
"""

ADDERS_SCHEMA = """
CREATE TABLE adders (               -- who added which article
    chat INTEGER NOT NULL, article TEXT NOT NULL, person INTEGER NOT NULL,
    PRIMARY KEY (chat, article)
) WITHOUT ROWID;
"""

REMOVALS_SCHEMA = """
CREATE TABLE removals (             -- that can be undone
    id TEXT PRIMARY KEY, chat INTEGER NOT NULL, title TEXT NOT NULL,
    record TEXT NOT NULL,           -- from which the library puts the article back
    adder INTEGER, removed REAL NOT NULL
);
"""

SCHEMAS = (
    FIRST_SCHEMA,
    STEADY_SCHEMA,
    WATCHES_SCHEMA,
    MORE_SCHEMA,
    ADDERS_SCHEMA,
    REMOVALS_SCHEMA,
)
"""What makes each version of the file out of the one before it."""

SCHEMA_VERSION = len(SCHEMAS)


def opened(path: Path) -> sqlite3.Connection:
    """A connection in which every statement is a transaction that is on the disk when it returns.

    Raises QuotewiseError if the file cannot be opened, or is of a later version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only the event loop uses it: between threads, a cursor's rowcount is not its own.
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # no removed text is left in the file
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version < SCHEMA_VERSION:
            later = "".join(SCHEMAS[version:])
            connection.executescript(
                f"BEGIN;{later};PRAGMA user_version = {SCHEMA_VERSION};COMMIT;"
            )
    except (sqlite3.Error, OSError) as error:
        raise QuotewiseError(
            f"The bot's file {path} cannot be opened ({error}): check that the folder can be "
            "written, or move the file away to begin with a new one."
        ) from error
    if version > SCHEMA_VERSION:
        raise QuotewiseError(
            f"{path} was written by a later version of Quotewise: update this one."
        )
    return connection


def belong(store: sqlite3.Connection, bot: str) -> None:
    """Note whose file this is. Another bot counts its updates and messages anew.

    What reached the bot before it cannot be answered by this one, and a number that comes again
    must not be taken for what it stood for.
    """
    known = store.execute("SELECT value FROM facts WHERE name = 'bot'").fetchone()
    if known == (bot,):
        return
    if known is not None:
        log.warning("the token is another bot's: what the one before it left undone is dropped")
        for statement in ("DELETE FROM updates", "DELETE FROM offers", UNHOOK):
            store.execute(statement)
    store.execute("INSERT OR REPLACE INTO facts VALUES ('bot', ?)", (bot,))


def migrate(store: sqlite3.Connection, old: int, new: int, *tables: str) -> None:
    """Give what is kept of a group to the supergroup it became."""
    for table in tables:
        chat = "id" if table == "members" else "chat"
        store.execute(f"UPDATE OR REPLACE {table} SET {chat} = ? WHERE {chat} = ?", (new, old))


UNHOOK = "UPDATE answers SET asked_in = -abs(asked_in), shown_in = NULL"
"""Answers are kept for evaluation, under a number that no message has."""
