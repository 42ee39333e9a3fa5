"""What the confidences of a library mean, if that was found out from its own articles."""

from __future__ import annotations

import sqlite3

from retrieval.catalog.database import Database

_NAME = "'calibration of library ' || number"


def of_library(db: Database, name: str) -> str | None:
    """The calibration that was kept for a library, as it was given."""
    row = db.one(
        f"SELECT value FROM facts WHERE name ="
        f" (SELECT {_NAME} FROM libraries WHERE libraries.name = ?)",
        name,
    )
    return None if row is None else str(row[0])


def keep(db: sqlite3.Connection, name: str, told: str | None) -> bool:
    """Keep a calibration in the place of the one before, or none; and say whether there was one."""
    there = db.execute(
        f"DELETE FROM facts WHERE name = (SELECT {_NAME} FROM libraries WHERE libraries.name = ?)",
        (name,),
    ).rowcount
    if told is not None:
        db.execute(
            f"INSERT INTO facts SELECT {_NAME}, ? FROM libraries WHERE name = ?", (told, name)
        )
    return there > 0
