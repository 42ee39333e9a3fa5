"""Catalogs as earlier versions wrote them, with codes of token vectors."""

import sqlite3
from pathlib import Path

import numpy as np

from retrieval.storage.migrations import SCHEMAS, TOKEN_CODES_VERSION
from retrieval.text import links

CODES = 72 * 192
"""Bytes: a passage of the samples has some 72 tokens, and a code as many as half its dimension."""

CHANGED = {"sentences": "with_tokens(sentences)", "token_codes": f"randomblob({CODES})"}


def with_token_codes(home: Path, copies: int = 0, version: int = TOKEN_CODES_VERSION) -> Path:
    """Rewrite a closed home's catalog in an old format, with copies of its first passage."""
    path, new = home / "catalog.sqlite", home / "catalog.of-today"
    path.rename(new)
    db = sqlite3.connect(path, isolation_level=None)
    db.create_function("link_of", 1, lambda url: links.normalised(url) if url else None)
    db.create_function("with_tokens", 1, _with_tokens)
    db.executescript("".join(SCHEMAS[:version]))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("ATTACH ? AS new", [str(new)])
    db.execute("BEGIN")
    tables = db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        if table != "sqlite_sequence":
            columns = [column for _, column, *_ in db.execute(f"PRAGMA main.table_info({table})")]
            names = ", ".join(f'"{column}"' for column in columns)
            values = ", ".join(CHANGED.get(column, f'"{column}"') for column in columns)
            db.execute(f"INSERT INTO main.{table} ({names}) SELECT {values} FROM new.{table}")
    if version < 3:
        db.execute("INSERT INTO facts SELECT 'model', fingerprint FROM new.models")
    db.execute("INSERT INTO facts VALUES ('calibration of library 1', 'no longer read')")
    db.execute("DELETE FROM main.sqlite_sequence")
    db.execute(
        "INSERT INTO main.sqlite_sequence SELECT * FROM new.sqlite_sequence WHERE name IN"
        " (SELECT name FROM main.sqlite_master)"
    )
    first = 'article, paragraph, start, "end", library, generation, vector, sentences'
    db.execute(
        f"INSERT INTO main.passages ({first}, token_codes)"
        " WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)"
        f" SELECT {first}, randomblob({CODES}) FROM n, main.passages WHERE id = 1 AND ?1 > 0",
        [copies],
    )
    db.execute(f"PRAGMA main.user_version = {version}")
    db.execute("COMMIT")
    db.close()
    new.unlink()
    return home


def _with_tokens(sentences: bytes) -> bytes:
    spans = np.frombuffer(sentences, "<i4").reshape(-1, 2)
    numbers = np.arange(len(spans), dtype="<i4")
    return np.column_stack([spans, numbers, numbers + 1]).astype("<i4").tobytes()
