"""Locks between the processes of a bot; each ends with the process that holds it, even if killed.

Where state is in a file, there is one process, and the locks are its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.telegram.store import Store

LOOK_S = 1.0
"""Seconds between two attempts to take a lock that another process has."""

_KEYS = sa.func.unnest(sa.cast(sa.bindparam("keys"), sa.ARRAY(sa.BigInteger))).column_valued("key")
_TAKE = sa.select(_KEYS).where(sa.func.pg_try_advisory_lock(_KEYS))
_RELEASE = sa.select(sa.func.pg_advisory_unlock(sa.bindparam("key")))


class Locks:
    """The locks of this process: advisory locks of one session of PostgreSQL.

    If the session ends, so do they, and others take them: check `holds` before each step.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session: sa.Connection | None = None
        self._held: set[str] = set()

    def take(self, names: Sequence[str]) -> list[str]:
        """Take the locks that nobody holds, not this process either, and return their names.

        Raises QuotewiseError if the database cannot be reached; then all locks are lost.
        """
        free = {_key(name): name for name in names if name not in self._held}
        if self._store.is_shared:  # asked also for nothing, to learn of a session that has ended
            free = {key: free[key] for key in self._executed(_TAKE, keys=list(free))}
        self._held.update(free.values())
        return list(free.values())

    def release(self, name: str) -> None:
        """Let others take a lock."""
        if name in self._held:
            self._held.remove(name)
            if self._store.is_shared:
                self._executed(_RELEASE, key=_key(name))

    def holds(self, name: str) -> bool:
        """Return whether this process has a lock, as far as it knows."""
        return name in self._held

    def close(self) -> None:
        """Give all locks up."""
        self._held.clear()
        if self._session is not None:
            with suppress(SQLAlchemyError):
                self._session.invalidate()
            self._session.close()
            self._session = None

    def _executed(self, statement: sa.Executable, **values: object) -> list[int]:
        with self._store.engine.explained():
            try:
                self._session = self._session or self._store.engine.current().connect()
                return list(self._session.scalars(statement, values))
            except SQLAlchemyError:
                self.close()
                raise


def _key(name: str) -> int:
    """The 64 bits by which PostgreSQL knows a lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
