"""A round of polling keeps what it reads, and lets the indexes catch up with that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from retrieval import following
from retrieval.adding import Adding
from retrieval.catalog import Catalog
from retrieval.following import Following
from retrieval.models import Models
from retrieval.reading.web.fetching import Fetcher
from retrieval.records import Article, Outcome


@dataclass(frozen=True, slots=True)
class Polling:
    """Polls the feeds of one folder, one round at a time: `lock` is held while one runs."""

    catalog: Catalog
    models: Models
    fetcher: Fetcher
    lock: Path

    def round(
        self,
        now: datetime,
        library: str | None,
        within: timedelta,
        stop: Callable[[], bool],
        *,
        all_now: bool,
    ) -> Iterator[Outcome]:
        """Read what is new in the feeds of a library, or of all: an outcome for each article.

        Raises QuotewiseError while another round runs.
        """
        self.models.using()
        touched: set[str] = set()

        def keep(name: str, source: str, article: Article) -> Outcome:
            touched.add(name)
            return Adding(self.catalog, self.models, name, now, self.fetcher).kept(source, article)

        with following.alone(self.lock):
            try:
                fetcher = self.fetcher.stopped_by(stop)
                polled = Following(self.catalog, fetcher, keep, now, library, within, stop)
                yield from polled.round(all_now=all_now)
            finally:
                self.models.catch_up(sorted(touched))
