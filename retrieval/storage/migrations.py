"""The versions of a database, and the steps that bring a SQLite file to the next one.

All steps are one transaction, so a process that dies in it leaves the file as it was.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sqlalchemy as sa

from retrieval.errors import QuotewiseError
from retrieval.storage.schema import ARTICLE_CHECKED, PASSAGE_FIELDS, TABLES, checksum
from retrieval.text import links

log = logging.getLogger(__name__)

LONGEST_WAIT = 60  # seconds, for other processes that open a new file at the same time


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a database, of which there is a version for each step."""

    name: str
    """Of the schema that holds them in PostgreSQL."""
    tables: sa.MetaData
    steps: Sequence[str]
    """SQL that makes each version of a SQLite file out of the one before; a new one takes all."""
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Those of the steps."""
    leaves_nothing: bool = False
    """Whether what was deleted is overwritten."""

    @property
    def version(self) -> int:
        """The number of the present version."""
        return len(self.steps)


# `facts` is not used since version 3. `paragraphs` is no longer read: a text says where they are.
FIRST_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE libraries (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT, library INTEGER NOT NULL REFERENCES libraries,
    id TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, sha256 TEXT NOT NULL, url TEXT,
    source TEXT, author TEXT, published TEXT, origin TEXT, added TEXT NOT NULL,
    UNIQUE (library, id)
);
CREATE INDEX articles_by_url ON articles (library, url);
CREATE TABLE paragraphs (
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, number INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (article, number)
) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, library INTEGER NOT NULL,
    generation INTEGER NOT NULL, sentences BLOB NOT NULL, vector BLOB NOT NULL,
    token_codes BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_generation ON passages (library, generation);
CREATE TABLE removals (
    library INTEGER NOT NULL, generation INTEGER NOT NULL, passage INTEGER NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (library, generation, passage)
) WITHOUT ROWID;
"""

REAL_WORLD_SCHEMA = """
ALTER TABLE articles ADD COLUMN link TEXT;
ALTER TABLE articles ADD COLUMN pages TEXT;
ALTER TABLE articles ADD COLUMN story INTEGER;
UPDATE articles SET link = link_of(url);
CREATE INDEX articles_by_link ON articles (library, link);
CREATE INDEX articles_by_story ON articles (library, story);
CREATE INDEX articles_by_origin ON articles (library, origin);
CREATE TABLE bands (
    library INTEGER NOT NULL, band INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (library, band, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article);
CREATE TABLE versions (
    number INTEGER PRIMARY KEY, library INTEGER NOT NULL, id TEXT NOT NULL,
    sha256 TEXT NOT NULL, article TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    url TEXT, source TEXT, author TEXT, published TEXT, origin TEXT, pages TEXT,
    added TEXT NOT NULL, replaced TEXT NOT NULL,
    UNIQUE (library, id, sha256)
);
CREATE INDEX versions_by_article ON versions (library, article);
CREATE TABLE feeds (
    library INTEGER NOT NULL REFERENCES libraries, url TEXT NOT NULL, title TEXT, etag TEXT,
    modified TEXT, interval INTEGER NOT NULL, next_poll TEXT,
    failures INTEGER NOT NULL DEFAULT 0, trouble TEXT, added TEXT NOT NULL,
    PRIMARY KEY (library, url)
) WITHOUT ROWID;
CREATE TABLE feed_entries (
    library INTEGER NOT NULL, feed TEXT NOT NULL, entry TEXT NOT NULL, digest TEXT NOT NULL,
    link TEXT, article TEXT, told TEXT, number INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_try TEXT,
    PRIMARY KEY (library, feed, entry),
    FOREIGN KEY (library, feed) REFERENCES feeds ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;
CREATE INDEX feed_entries_by_link ON feed_entries (library, link);
CREATE INDEX feed_entries_by_next_try ON feed_entries (next_try) WHERE next_try IS NOT NULL;
"""

ANSWERS_TO_TRUST_SCHEMA = """
ALTER TABLE feed_entries ADD COLUMN delay TEXT;
CREATE TABLE models (
    number INTEGER PRIMARY KEY AUTOINCREMENT, fingerprint TEXT NOT NULL,
    role TEXT UNIQUE CHECK (role IN ('in use', 'next'))
);
INSERT INTO models SELECT 1, value, 'in use' FROM facts WHERE name = 'model';
DELETE FROM facts WHERE name = 'model';
ALTER TABLE passages ADD COLUMN model INTEGER NOT NULL DEFAULT 1;
ALTER TABLE removals ADD COLUMN model INTEGER NOT NULL DEFAULT 1;
DROP INDEX passages_by_article;
DROP INDEX passages_by_generation;
CREATE INDEX passages_by_article ON passages (article, model);
CREATE INDEX passages_by_generation ON passages (library, model, generation);
CREATE INDEX articles_by_publication ON articles (library, published, source, author);
"""

HISTORY_SCHEMA = """
CREATE TABLE history (
    library INTEGER NOT NULL REFERENCES libraries, generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (library, generation)
) WITHOUT ROWID;
INSERT INTO history SELECT number, generation, lower(hex(randomblob(16))) FROM libraries
    WHERE generation > 0;
"""

# Up to here passages had codes of their token vectors, which were most of the file, and sentences
# were int32 (sentences, 4): start, end, first token, last token.
NO_TOKENS_SCHEMA = """
UPDATE passages SET sentences = without_tokens(sentences);
ALTER TABLE passages DROP COLUMN token_codes;
"""

_PASSAGE = ", ".join(f'"{name}"' for name in PASSAGE_FIELDS)
CHECKSUMS_SCHEMA = f"""
ALTER TABLE articles ADD COLUMN checksum INTEGER;
ALTER TABLE versions ADD COLUMN checksum INTEGER;
ALTER TABLE passages ADD COLUMN checksum INTEGER;
UPDATE articles SET checksum = checksum({", ".join(ARTICLE_CHECKED)});
UPDATE versions SET checksum = checksum({", ".join(ARTICLE_CHECKED)});
UPDATE passages SET checksum = checksum(article, {_PASSAGE});
"""

SCHEMAS = (
    FIRST_SCHEMA,
    REAL_WORLD_SCHEMA,
    ANSWERS_TO_TRUST_SCHEMA,
    HISTORY_SCHEMA,
    NO_TOKENS_SCHEMA,
    CHECKSUMS_SCHEMA,
)
"""The steps from each version of the file to the next; a new file takes all of them."""

SCHEMA_VERSION = len(SCHEMAS)

TOKEN_CODES_VERSION = SCHEMAS.index(NO_TOKENS_SCHEMA)
"""The last version whose passages had codes of their token vectors."""


def check_version(version: int, schema: Schema, place: str, *, filling: bool) -> None:
    """Raise QuotewiseError if a later version of Quotewise wrote it.

    A negative version is that of a database into which another archive is being copied: only who
    goes on `filling` it may open it.
    """
    if version < 0 and not (filling and version == -schema.version):
        raise QuotewiseError(
            f"{place} is being filled from another archive, and not all of it is there yet: run "
            "the same `quotewise migrate` again to finish it, or delete it."
        )
    if version > (ours := schema.version):
        raise QuotewiseError(
            f"{place} was written by a later version of Quotewise (its format is {version}, this "
            f"version reads {ours}): update this one, or add the articles to a new folder."
        )


def bring_up_to_date(db: sqlite3.Connection, schema: Schema, file: str) -> None:
    """Make the tables of this version, with everything that is in the file of this name.

    If the disk is full, the file stays as it is.
    """
    for name, function in schema.functions.items():
        db.create_function(name, -1, function)
    _use_write_ahead_log(db)
    db.execute("BEGIN IMMEDIATE")
    with db:
        # Another process may have made the tables while this one waited for its turn.
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if is_old := 0 < version < schema.version:
            log.warning("Bringing %s up to date, which may take some minutes.", file)
        for statement in "".join(schema.steps[version:]).split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {schema.version}")
    if is_old:
        with suppress(sqlite3.OperationalError):  # no room, or somebody reads
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        log.warning("%s is up to date.", file)


def _use_write_ahead_log(db: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, for which SQLite itself does not wait its turn."""
    end = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _without_tokens(sentences: bytes) -> bytes:
    """Drop the range of tokens of each sentence; `verify` reports sentences that are damaged."""
    if len(sentences) % 16:
        return sentences
    return np.frombuffer(sentences, "<i4").reshape(-1, 4)[:, :2].tobytes()


CATALOG = Schema(
    "quotewise",
    TABLES,
    SCHEMAS,
    {
        "link_of": lambda url: links.normalised(url) if url else None,
        "without_tokens": _without_tokens,
        "checksum": checksum,
    },
)
