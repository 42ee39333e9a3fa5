"""The migration of the SQLite file from an earlier version.

Versions up to the fourth stored codes of token vectors, which were most of the file. The catalog
without them is made in a file beside the old one and replaces the old content in one transaction.
A process that dies in between leaves the old content as it was.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from retrieval.errors import Locked, QuotewiseError
from retrieval.storage.schema import metadata
from retrieval.text import links

log = logging.getLogger(__name__)

WAIT_SECONDS = 60
"""How long a writer waits for another process's transaction, which takes far less."""
LOGGED_EVERY_S = 2.0
PASSAGES_AT_ONCE = 500
PAGES_AT_ONCE = 16  # far fewer than SQLite holds in memory before it writes to its log
COPYING = 80
"""Per cent of the work that copying is; the rest is putting the copy in the old one's place."""

FIRST_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE libraries (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    generation INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    library INTEGER NOT NULL REFERENCES libraries,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    url TEXT,
    source TEXT,
    author TEXT,
    published TEXT,
    origin TEXT,
    added TEXT NOT NULL,
    UNIQUE (library, id)
);
CREATE INDEX articles_by_url ON articles (library, url);
CREATE TABLE paragraphs (
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (article, number)
) WITHOUT ROWID;
-- Ids are never used again, so an index that is behind can hold an old passage, never a wrong one.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    library INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    sentences BLOB NOT NULL,  -- int32 (sentences, 4): start, end, first token, last token
    vector BLOB NOT NULL,     -- float16 (dimension,)
    token_codes BLOB NOT NULL -- uint8 (tokens, code size)
);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_generation ON passages (library, generation);
CREATE TABLE removals (
    library INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    passage INTEGER NOT NULL,
    added INTEGER NOT NULL, -- the generation in which the passage had come
    PRIMARY KEY (library, generation, passage)
) WITHOUT ROWID;
"""

REAL_WORLD_SCHEMA = """
-- The URL without what does not change the page.
ALTER TABLE articles ADD COLUMN link TEXT;
-- JSON: the place in the text at which each page of a document begins.
ALTER TABLE articles ADD COLUMN pages TEXT;
-- The key of the first article that tells the same story.
ALTER TABLE articles ADD COLUMN story INTEGER;
UPDATE articles SET link = link_of(url);
CREATE INDEX articles_by_link ON articles (library, link);
CREATE INDEX articles_by_story ON articles (library, story);
CREATE INDEX articles_by_origin ON articles (library, origin);
-- Articles that share a band of their MinHash signatures may tell the same story.
CREATE TABLE bands (
    library INTEGER NOT NULL,
    band INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (library, band, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article);
-- What an article said before it was changed. Answers that quoted it can still be read.
CREATE TABLE versions (
    number INTEGER PRIMARY KEY, -- later versions have higher ones
    library INTEGER NOT NULL,
    id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    article TEXT NOT NULL, -- the id of the article now; another than `id` after a change of name
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT,
    source TEXT,
    author TEXT,
    published TEXT,
    origin TEXT,
    pages TEXT,
    added TEXT NOT NULL,
    replaced TEXT NOT NULL,
    UNIQUE (library, id, sha256)
);
CREATE INDEX versions_by_article ON versions (library, article);
CREATE TABLE feeds (
    library INTEGER NOT NULL REFERENCES libraries,
    url TEXT NOT NULL,
    title TEXT,
    etag TEXT,
    modified TEXT,
    interval INTEGER NOT NULL,                 -- seconds between two polls
    next_poll TEXT,                            -- null for a feed that is gone for good
    failures INTEGER NOT NULL DEFAULT 0,
    trouble TEXT,                              -- what went wrong last, for people
    added TEXT NOT NULL,
    PRIMARY KEY (library, url)
) WITHOUT ROWID;
-- Entries whose articles are kept or were refused for good, and those still to be read: what
-- the feed told of them waits here, as a feed forgets its entries after some days.
CREATE TABLE feed_entries (
    library INTEGER NOT NULL,
    feed TEXT NOT NULL,
    entry TEXT NOT NULL,
    digest TEXT NOT NULL,                      -- of what the feed said of it
    link TEXT,                                 -- normalised, as in articles
    article TEXT,                              -- the id of the article it became
    told TEXT,                                 -- JSON of the entry while it waits, else null
    number INTEGER NOT NULL,                   -- its place in the feed
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try TEXT,                             -- null for one that is settled
    PRIMARY KEY (library, feed, entry),
    FOREIGN KEY (library, feed) REFERENCES feeds ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;
CREATE INDEX feed_entries_by_link ON feed_entries (library, link);
CREATE INDEX feed_entries_by_next_try ON feed_entries (next_try) WHERE next_try IS NOT NULL;
"""

ANSWERS_TO_TRUST_SCHEMA = """
-- Why an entry that waits could not be read when it was last tried, for people.
ALTER TABLE feed_entries ADD COLUMN delay TEXT;
CREATE TABLE models (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, as indexes are kept under it
    fingerprint TEXT NOT NULL,
    role TEXT UNIQUE CHECK (role IN ('in use', 'next')) -- null while its passages are taken away
);
INSERT INTO models SELECT 1, value, 'in use' FROM facts WHERE name = 'model';
DELETE FROM facts WHERE name = 'model';
-- The model that cut and read the passage. An article has those of the next one as well, or none.
ALTER TABLE passages ADD COLUMN model INTEGER NOT NULL DEFAULT 1;
ALTER TABLE removals ADD COLUMN model INTEGER NOT NULL DEFAULT 1;
DROP INDEX passages_by_article;
DROP INDEX passages_by_generation;
CREATE INDEX passages_by_article ON passages (article, model);
CREATE INDEX passages_by_generation ON passages (library, model, generation);
-- Who published what, and when: read whole for each library that has changed.
CREATE INDEX articles_by_publication ON articles (library, published, source, author);
"""

HISTORY_SCHEMA = """
-- A random id for each change to a library. An index whose generation has another id here was made
-- from another history, such as the one that went on after the backup that this file is.
CREATE TABLE history (
    library INTEGER NOT NULL REFERENCES libraries,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (library, generation)
) WITHOUT ROWID;
INSERT INTO history SELECT number, generation, lower(hex(randomblob(16))) FROM libraries
    WHERE generation > 0;
"""

NO_TOKENS_SCHEMA = """
-- The reader reads passages as they are asked for: no token vectors, and sentences are int32
-- (sentences, 2): start, end.
UPDATE passages SET sentences = without_tokens(sentences);
ALTER TABLE passages DROP COLUMN token_codes;
"""

SCHEMAS = (
    FIRST_SCHEMA,
    REAL_WORLD_SCHEMA,
    ANSWERS_TO_TRUST_SCHEMA,
    HISTORY_SCHEMA,
    NO_TOKENS_SCHEMA,
)
"""The steps from each version of the file to the next; the tables of schema.py are the last."""

SCHEMA_VERSION = len(SCHEMAS)

TOKEN_CODES_VERSION = SCHEMAS.index(NO_TOKENS_SCHEMA)
"""The last version whose passages had codes of their token vectors."""


def bring_up_to_date(path: Path) -> None:
    """Make the tables of this version, with everything that is in the file.

    Raises QuotewiseError, and leaves the file as it is, if there is too little room on the disk.
    """
    with closing(_connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        if not _has_token_codes(db):
            _migrate(db, SCHEMA_VERSION)
            return
        copy = path.with_name(f"{path.name}.new")
        with _locked(path, copy):
            if _has_token_codes(db):  # else another process has dropped them meanwhile
                _check_room(db, path)
                progress = Progress()
                _migrate(db, TOKEN_CODES_VERSION)
                _replace(db, path, copy, progress)
                progress.log(100)


class Progress:
    """Logs the progress of the migration: the beginning, the end, and every few seconds."""

    def __init__(self) -> None:
        self._logged = 0.0

    def log(self, per_cent: float) -> None:
        now = time.monotonic()
        if per_cent == 100 or now - self._logged >= LOGGED_EVERY_S:
            self._logged = now
            log.warning("Bringing the catalog up to date: %d %%", per_cent)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    db.create_function("link_of", 1, lambda url: links.normalised(url) if url else None)
    db.create_function("without_tokens", 1, _without_tokens)
    return db


def _has_token_codes(db: sqlite3.Connection) -> bool:
    """Whether any passage has codes; without passages, no copy is needed."""
    columns = db.execute("SELECT 1 FROM pragma_table_info('passages') WHERE name = 'token_codes'")
    return bool(columns.fetchone() and db.execute("SELECT 1 FROM passages LIMIT 1").fetchone())


def _migrate(db: sqlite3.Connection, version: int) -> None:
    db.execute("BEGIN IMMEDIATE")
    with db:
        # Another process may have made the tables while this one waited for its turn.
        (current,) = db.execute("PRAGMA user_version").fetchone()
        if current == 0:
            steps = [";\n".join(_statements())]
            version = SCHEMA_VERSION
        else:
            steps = list(SCHEMAS[current:version])
        for step in steps:
            for statement in step.split(";\n"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {max(current, version)}")


def _statements() -> Iterator[str]:
    """The SQL that makes the tables of schema.py."""
    dialect = sqlite.dialect()
    for table in metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect))


@contextmanager
def _locked(path: Path, copy: Path) -> Iterator[None]:
    """Let one process at a time migrate, without a copy before and after it."""
    lock = FileLock(path.with_name("catalog.lock"))
    try:
        lock.acquire(timeout=LOGGED_EVERY_S)
    except Timeout:
        log.warning("Another process is bringing the catalog up to date: waiting until it is done.")
        lock.acquire()
    try:
        copy.unlink(missing_ok=True)
        yield
    finally:
        copy.unlink(missing_ok=True)
        lock.release()


def _check_room(db: sqlite3.Connection, path: Path) -> None:
    needed, free = _needed(db), shutil.disk_usage(path.parent).free
    if free < needed:
        raise QuotewiseError(
            f"{path} was written by an earlier version of Quotewise. Bringing it up to date takes "
            f"{_megabytes(needed)} MB more for a while, and the disk has {_megabytes(free)} MB: "
            f"free {_megabytes(needed - free)} MB and try again. Nothing was changed."
        )


def _needed(db: sqlite3.Connection) -> int:
    """The bytes that the copy takes, and as much again for the log of the transaction."""
    pages, unused, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    codes, others = db.execute(
        "SELECT total(length(token_codes)), total(length(vector) + length(sentences)) FROM passages"
    ).fetchone()
    # A page of passages is at least half full.
    copy = (pages - unused) * size - codes + others
    return int(2.02 * copy)  # the log has 24 bytes more a page


def _megabytes(size: int) -> str:
    return f"{-(-size // 1_000_000):,}"


def _replace(db: sqlite3.Connection, path: Path, copy: Path, progress: Progress) -> None:
    """Make the catalog without token codes and put it in the place of the old one."""
    with closing(_connect(copy)) as new:
        (page_size,) = db.execute("PRAGMA page_size").fetchone()
        new.execute(f"PRAGMA page_size = {page_size}")
        new.execute("PRAGMA journal_mode = MEMORY")
        new.execute("PRAGMA synchronous = OFF")
        _migrate(new, SCHEMA_VERSION)
        new.execute("ATTACH ? AS old", [str(path)])
        new.execute("BEGIN IMMEDIATE")
        with new:  # a transaction in which no other process writes to the old one
            _copy(new, progress)
            (seen,) = new.execute("PRAGMA old.data_version").fetchone()

        checked = False

        def step(status: int, remaining: int, total: int) -> None:
            nonlocal checked
            # From the first step on no other process can write, but one may have before it.
            if status == sqlite3.SQLITE_BUSY or (
                not checked and new.execute("PRAGMA old.data_version").fetchone() != (seen,)
            ):
                raise Locked(
                    f"Another Quotewise process wrote to {path.parent} while its catalog was "
                    "brought up to date: nothing was changed. Stop that process and try again."
                )
            checked = True
            progress.log(99 - (99 - COPYING) * remaining / total)

        new.backup(db, pages=PAGES_AT_ONCE, progress=step)
    with suppress(sqlite3.OperationalError):  # where somebody reads, the file shrinks later
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(new: sqlite3.Connection, progress: Progress) -> None:
    columns = {
        table.name: ", ".join(f'"{column.name}"' for column in table.columns)
        for table in metadata.tables.values()
    }
    passages = columns.pop("passages")
    for table, names in columns.items():
        new.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM old.{table}")
    converted = passages.replace('"sentences"', "without_tokens(sentences)")
    (total,) = new.execute("SELECT count(*) FROM old.passages").fetchone()
    copied = last = 0
    while copied < total:
        progress.log(COPYING * copied / total)
        copied += new.execute(
            f"INSERT INTO main.passages ({passages}) SELECT {converted} FROM old.passages"
            " WHERE id > ? ORDER BY id LIMIT ?",
            (last, PASSAGES_AT_ONCE),
        ).rowcount
        (last,) = new.execute("SELECT max(id) FROM main.passages").fetchone()
    # The ids of removed passages and articles are not used again.
    new.execute("DELETE FROM main.sqlite_sequence")
    new.execute("INSERT INTO main.sqlite_sequence SELECT * FROM old.sqlite_sequence")


def _without_tokens(sentences: bytes) -> bytes:
    """Drop the range of tokens that stood beside each sentence.

    Damaged ones stay as they are, for `verify` to report.
    """
    if len(sentences) % 16:
        return sentences
    return np.frombuffer(sentences, "<i4").reshape(-1, 4)[:, :2].tobytes()
