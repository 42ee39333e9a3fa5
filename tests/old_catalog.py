"""Catalogs as version 0.1 wrote them, with codes of token vectors."""

import sqlite3
from pathlib import Path

import numpy as np

from retrieval import links
from retrieval.catalog.schema import SCHEMAS, TOKEN_CODES_VERSION

FIELDS = 'id, article, paragraph, start, "end", library, generation, vector, model'
CODES = 72 * 192
"""Bytes: a passage of the samples has some 72 tokens, and a code as many as half its dimension."""


def with_token_codes(home: Path, copies: int = 0) -> Path:
    """Rewrite a closed home's catalog in the old format, with copies of its first passage."""
    path, new = home / "catalog.sqlite", home / "catalog.of-today"
    path.rename(new)
    db = sqlite3.connect(path, isolation_level=None)
    db.create_function("link_of", 1, lambda url: links.normalised(url) if url else None)
    db.create_function("with_tokens", 1, _with_tokens)
    db.executescript("".join(SCHEMAS[:TOKEN_CODES_VERSION]))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("ATTACH ? AS new", [str(new)])
    db.execute("BEGIN")
    for (table,) in db.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name != 'passages'"
        " AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        db.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")
    db.execute(
        f"INSERT INTO main.passages ({FIELDS}, sentences, token_codes)"
        f" SELECT {FIELDS}, with_tokens(sentences), randomblob({CODES}) FROM new.passages"
    )
    db.execute("DELETE FROM main.sqlite_sequence")
    db.execute("INSERT INTO main.sqlite_sequence SELECT * FROM new.sqlite_sequence")
    others = FIELDS.removeprefix("id, ")
    db.execute(
        f"INSERT INTO main.passages ({others}, sentences, token_codes)"
        " WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
        f" SELECT {others}, sentences, randomblob({CODES}) FROM n, main.passages WHERE id = 1"
        " AND ?1 > 0",
        [copies],
    )
    db.execute(f"PRAGMA main.user_version = {TOKEN_CODES_VERSION}")
    db.execute("COMMIT")
    db.close()
    new.unlink()
    return home


def _with_tokens(sentences: bytes) -> bytes:
    spans = np.frombuffer(sentences, "<i4").reshape(-1, 2)
    numbers = np.arange(len(spans), dtype="<i4")
    return np.column_stack([spans, numbers, numbers + 1]).astype("<i4").tobytes()
